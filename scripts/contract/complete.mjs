// What the sources of the contract leave out, because it is the same everywhere or follows from something else.

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Answers that every operation can give, for which no operation says anything of its own. */
const OF_ALL = {
  400: 'MalformedRequest',
  408: 'RequestTimeout',
  413: 'PayloadTooLarge',
  422: 'ValidationFailed',
  431: 'HeadersTooLarge',
  500: 'InternalError',
  503: 'Unavailable',
};
const OF_THOSE_WITH_TOKEN = { 401: 'Unauthenticated', 403: 'PermissionMissing', 429: 'TooManyRequests' };
const OF_THOSE_WITH_BODY = { 415: 'UnsupportedMediaType' };
const OF_THOSE_WITHIN = { 404: 'NotFound' };
/** What is read can be asked for again, and what is changed be held against what was read. */
const OF_THOSE_THAT_READ = { 304: 'NotModified' };
const OF_THOSE_WITH_IF_MATCH = { 412: 'PreconditionFailed' };

/** Every answer names its request. */
const OF_ALL_ANSWERS = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

const IF_MATCH = '#/components/parameters/IfMatch';
const IF_NONE_MATCH = '#/components/parameters/IfNoneMatch';

/** A bundled document, complete: the answers of every operation, flat schemas, one version. Changes nothing of what it is given. Pure. */
export function completed(document, { version }) {
  const { components } = document;
  const schemas = flat(components.schemas);
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, item]) => [path, withAnswers(path, item, document)]),
  );
  const whole = withEnumNames({
    ...document,
    info: { ...document.info, version },
    paths,
    components: { ...components, schemas, responses: named(components.responses) },
  });
  return withoutUnused(whole);
}

function withAnswers(path, item, document) {
  const isWithin = path.includes('{');
  const entries = Object.entries(item).map(([method, operation]) => {
    if (!METHODS.includes(method)) return [method, operation];
    const takesToken = (operation.security ?? document.security).length > 0;
    const reads = takesToken && method === 'get' && 'application/json' in (operation.responses[200]?.content ?? {});
    const hasIfMatch = (operation.parameters ?? []).some(({ $ref }) => $ref === IF_MATCH);
    const common = {
      ...OF_ALL,
      ...(takesToken && OF_THOSE_WITH_TOKEN),
      ...(isWithin && OF_THOSE_WITHIN),
      ...(operation.requestBody && OF_THOSE_WITH_BODY),
      ...(reads && OF_THOSE_THAT_READ),
      ...(hasIfMatch && OF_THOSE_WITH_IF_MATCH),
    };
    const references = Object.entries(common).map(([status, name]) => [
      status,
      { $ref: `#/components/responses/${name}` },
    ]);
    // Keys that are numbers come in their order; what the operation says itself comes last and counts.
    const responses = Object.fromEntries([...references, ...Object.entries(operation.responses)]);
    if ((reads || hasIfMatch) && responses[200]) {
      responses[200] = { ...responses[200], headers: { ETag: { $ref: '#/components/headers/ETag' } } };
    }
    const parameters = [...(operation.parameters ?? []), ...(reads ? [{ $ref: IF_NONE_MATCH }] : [])];
    return [
      method,
      {
        ...operation,
        ...(parameters.length > 0 && { parameters }),
        ...eventsOf(operation),
        responses: named(responses),
      },
    ];
  });
  return Object.fromEntries(entries);
}

/** Answers with the headers that all have; those that are references have them where they lead. */
function named(responses) {
  const entries = Object.entries(responses).map(([name, response]) => [
    name,
    '$ref' in response ? response : { ...response, headers: { ...response.headers, ...OF_ALL_ANSWERS } },
  ]);
  return Object.fromEntries(entries);
}

/** Sources name the schemas of a stream's events: Redocly would take references there for its own. */
function eventsOf({ 'x-events': events }) {
  if (events === undefined) return {};
  const references = Object.entries(events).map(([event, name]) => [event, { $ref: `#/components/schemas/${name}` }]);
  return { 'x-events': Object.fromEntries(references) };
}

/** Schemas without `allOf`: the properties, examples and what is required of all parts as one object, as plain generators like it. */
function flat(schemas) {
  const flatten = (schema) => {
    if (!schema.allOf) return schema;
    const { allOf, ...own } = schema;
    const parts = [...allOf.map(({ $ref }) => flatten(schemas[$ref.split('/').at(-1)])), own];
    const merged = Object.assign({}, ...parts);
    const inAll = (key) => parts.map((part) => part[key]).filter((value) => value !== undefined);
    return {
      ...merged,
      required: [...new Set(inAll('required').flat())],
      properties: Object.assign({}, ...inAll('properties')),
      ...(inAll('example').length > 0 && { example: Object.assign({}, ...inAll('example')) }),
    };
  };
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, flatten(schema)]));
}

/**
 * Names for the values of enumerations, of which generators would otherwise make such as `NOT_MINUS_FOUND`. One with a default goes without:
 * OpenAPI Generator's Python would take the name for the default, and has no such name.
 */
function withEnumNames(node) {
  if (Array.isArray(node)) return node.map(withEnumNames);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, withEnumNames(value)]);
  if (node.type !== 'string' || !Array.isArray(node.enum) || 'default' in node) return Object.fromEntries(entries);
  return { ...Object.fromEntries(entries), 'x-enum-varnames': node.enum.map(constantCase) };
}

function constantCase(value) {
  return value
    .replaceAll('*', 'ALL')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

/** Without the components that nothing refers to any more. */
function withoutUnused(document) {
  const used = new Set();
  const visit = (node) => {
    if (typeof node !== 'object' || node === null) return;
    for (const value of Object.values(node)) {
      // Also those of a discriminator, which stand under other keys.
      const isReference = typeof value === 'string' && value.startsWith('#/components/');
      if (!isReference) visit(value);
      else if (!used.has(value)) {
        used.add(value);
        const [, , kind, name] = value.split('/');
        visit(document.components[kind][name]);
      }
    }
  };
  visit({ ...document, components: undefined });
  const components = Object.entries(document.components).map(([kind, all]) => [
    kind,
    kind === 'securitySchemes' ? all : pick(all, (name) => used.has(`#/components/${kind}/${name}`)),
  ]);
  return { ...document, components: Object.fromEntries(components) };
}

function pick(all, isWanted) {
  return Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name)));
}
