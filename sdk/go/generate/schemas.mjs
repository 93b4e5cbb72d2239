/** A page of a list, which is one generic type in Go; that of the retention plan says more, and is one of its own. */
export function isPage({ properties = {}, required = [] }) {
  const own = Object.keys(properties).filter((name) => !OF_PAGES.includes(name));
  return required.includes('items') && required.includes('total') && own.length === 0;
}

const OF_PAGES = ['items', 'total', 'totalIsLowerBound', 'limit', 'offset', 'nextCursor'];

/** A schema of the contract. `bodies` has those that are sent. Pure. */
export function schemaForGo(name, schema, context) {
  const { type, description, enum: values, properties } = schema;
  if (schema.discriminator) return kindsForGo(schema, context);
  if (values) return { type, description, enum: values, 'x-enum-varnames': values.map(pascalCase) };
  const isVariant = Object.values(context.schemas).some((other) => Object.values(kindsOf(other)).includes(name));
  const entries = Object.entries(properties ?? {})
    // The kind of a variant follows from its type.
    .filter(([property]) => !(isVariant && property === 'kind'))
    .map(([property, inner], at) => {
      const made = propertyForGo(property, inner, schema, context.bodies.get(name), context);
      return [property, { ...made, 'x-order': at }];
    });
  const required = (schema.required ?? []).filter((property) => !(isVariant && property === 'kind'));
  return { type, description, properties: Object.fromEntries(entries), ...(required.length > 0 && { required }) };
}

/** What was answered has a name, which stands in a header. */
export function taggedWithETag(schema) {
  const ETag = {
    type: 'string',
    description: 'Names what was answered, for IfMatch and IfNoneMatch; empty in lists. It is no part of the JSON.',
    'x-go-name': 'ETag',
    'x-go-json-ignore': true,
    'x-go-type-skip-optional-pointer': true,
  };
  return { ...schema, properties: { ...schema.properties, ETag } };
}

/**
 * One of several kinds: a field for each, of which one is set. oapi-codegen's own type for it shows none of them, and needs its
 * runtime. kinds.go reads and writes it.
 */
function kindsForGo(schema, context) {
  const properties = Object.entries(kindsOf(schema)).map(([kind, name], at) => [
    kind,
    {
      'x-go-type': goName(name),
      description: context.schemas[name].description,
      'x-go-json-ignore': true,
      'x-order': at,
    },
  ]);
  const isSent = Object.values(kindsOf(schema)).every((name) => context.bodies.has(name));
  const kind = {
    type: 'string',
    description: 'Which one it is.',
    'x-go-json-ignore': true,
    'x-go-type-skip-optional-pointer': true,
    'x-order': -1,
  };
  return {
    type: 'object',
    description: schema.description,
    properties: { ...(!isSent && { kind }), ...Object.fromEntries(properties) },
  };
}

function kindsOf({ discriminator }) {
  const entries = Object.entries(discriminator?.mapping ?? {});
  return Object.fromEntries(entries.map(([kind, reference]) => [kind, reference.split('/').at(-1)]));
}

function propertyForGo(name, property, { required = [] }, body, context) {
  const { inner, isNullable } = withoutNull(property, context);
  const seen = resolved(inner, context);
  const description = (property.description ?? inner.description ?? seen.description)?.trim();
  const type = { ...typeForGo(inner, seen, context), description };
  if (required.includes(name)) return isNullable ? { ...type, nullable: true } : type;
  if (body?.isUpdate && isNullable) {
    return { description, 'x-go-type': `Nullable[${goNameOf(inner, seen, context)}]`, ...PLAIN };
  }
  return isPlain(seen) ? { ...type, ...PLAIN } : type;
}

/** Left out when it is zero, and no pointer. */
const PLAIN = { 'x-go-type-skip-optional-pointer': true, 'x-omitzero': true, 'x-omitempty': false };

/** Whether Go's zero value can stand for what is left out: the contract refuses it as a value, or an empty map is not it. */
function isPlain({ type, format, enum: values, minLength, properties, discriminator, additionalProperties, items }) {
  if (discriminator || properties) return false;
  if (additionalProperties || items) return true;
  return type === 'string' && (values !== undefined || minLength > 0 || format === 'uuid');
}

/** In OpenAPI 3.1 `null` is one of several types, which oapi-codegen cannot read of what has a name. */
function withoutNull(property, context) {
  const { type: types, ...rest } = resolved(property, context);
  if (Array.isArray(types)) {
    return { inner: { ...rest, type: types.find((one) => one !== 'null') }, isNullable: types.includes('null') };
  }
  const choices = property.oneOf?.filter(({ type }) => type !== 'null');
  if (choices?.length === 1) return { inner: choices[0], isNullable: true };
  return { inner: property, isNullable: false };
}

function resolved(schema, { schemas }) {
  return schema.$ref ? schemas[schema.$ref.split('/').at(-1)] : schema;
}

const TEXTS = new Set(['uuid', 'date']);

function typeForGo(inner, seen, context) {
  const { type, format, enum: values, items, additionalProperties } = seen;
  if (isNamed(inner, seen)) return { 'x-go-type': goName(inner.$ref) };
  if (values) return { type, enum: values, 'x-enum-varnames': values.map(pascalCase) };
  if (type === 'array') return { type, items: typeForGo(items, resolved(items, context), context) };
  if (type === 'object') return { type, additionalProperties: { type: additionalProperties.type } };
  if (type === 'number') return { type, format: 'double' };
  if (type === 'integer' && format === 'int32') return { type, 'x-go-type': 'int' };
  // An id is a text for those who pass it on, and a newer service may have others. A day is no moment, which is all that Go has a type of.
  return { type, ...(format && !TEXTS.has(format) && { format }) };
}

/** Texts and numbers that have a name in the contract have none in Go. */
function isNamed(inner, { enum: values, properties, discriminator }) {
  return inner.$ref !== undefined && Boolean(values ?? properties ?? discriminator);
}

function goNameOf(inner, seen, context) {
  const { type, format } = typeForGo(inner, seen, context);
  if (type === 'array') return `[]${goNameOf(seen.items, resolved(seen.items, context), context)}`;
  if (isNamed(inner, seen)) return goName(inner.$ref);
  if (type === 'array') return `[]${goNameOf(seen.items, resolved(seen.items, context), context)}`;
  if (type === 'boolean') return 'bool';
  if (type === 'string') return 'string';
  if (type === 'integer') return format === 'int64' ? 'int64' : 'int';
  throw new Error(`A property of an update is ${type}, and null: say here what that is in Go.`);
}

/** What oapi-codegen calls the type of a schema: words such as TLS are written large. */
export function goName(reference) {
  const name = reference.split('/').at(-1);
  return name.replaceAll(/[A-Z][a-z0-9]*/g, (word) => (INITIALISMS.has(word) ? word.toUpperCase() : word));
}

const INITIALISMS = new Set(['Api', 'Http', 'Id', 'Json', 'Sql', 'Tls', 'Url', 'Uuid']);

function pascalCase(value) {
  const words = value
    .replaceAll('*', 'all')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return words.join('');
}
