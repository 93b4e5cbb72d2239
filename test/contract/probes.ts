import type { Schema } from '../../src/contract/openapi-document.js';
import type { Schemas } from '../../src/contract/schemas.js';
import { type Probe, stringProbes } from './string-probes.js';

/** What of JSON Schema the contract uses for requests. Anything else must be added here first. */
interface Keywords {
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  propertyNames?: { pattern: string };
  minProperties?: number;
  maxProperties?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  oneOf?: Schema[];
  example?: unknown;
  default?: unknown;
}

const ANNOTATIONS = ['$ref', 'description', 'writeOnly', 'discriminator', 'x-enum-varnames', 'x-nullable'];
const KNOWN = [
  ...['type', 'enum', 'format', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'required', 'properties'],
  ...['additionalProperties', 'propertyNames', 'minProperties', 'maxProperties', 'oneOf', 'example', 'default'],
  ...['items', 'minItems', 'maxItems', 'uniqueItems'],
];

/** A value of each type that JSON has. */
const SAMPLES: Record<string, unknown> = {
  string: 'text',
  number: 1.5,
  integer: 7,
  boolean: true,
  object: {},
  array: [],
  null: null,
};

/**
 * Derives from a schema what lies at each of its bounds and just past it, at any depth.
 *
 * @param base a value that fits
 * @param place the name of the value, as the service would name it; empty for the whole body
 */
export function probesOf(schemas: Schemas, schema: Schema, base: unknown, place = ''): Probe[] {
  const keywords = keywordsOf(schemas, schema);
  if (keywords.oneOf !== undefined) return unionProbes(schemas, keywords.oneOf, place);
  const types = [keywords.type ?? []].flat();
  return [
    ...typeProbes(types, place),
    ...(keywords.enum === undefined ? [] : enumProbes(keywords.enum, place)),
    ...(types.includes('string') && keywords.enum === undefined ? stringProbes(keywords, base, place) : []),
    ...(types.includes('integer') || types.includes('number') ? numberProbes(keywords, place) : []),
    ...(types.includes('array') ? arrayProbes(schemas, keywords, base as unknown[], place) : []),
    ...(types.includes('object') ? objectProbes(schemas, keywords, base as Record<string, unknown>, place) : []),
  ];
}

function keywordsOf(schemas: Schemas, schema: Schema): Keywords {
  const resolved = schemas.resolve(schema);
  const unknown = Object.keys(resolved).filter((name) => !KNOWN.includes(name) && !ANNOTATIONS.includes(name));
  if (unknown.length > 0) throw new Error(`No probes are derived from ${unknown.join(', ')}; add them.`);
  return resolved as Keywords;
}

function typeProbes(types: string[], place: string): Probe[] {
  const accepted = new Set(types.includes('number') ? [...types, 'integer'] : types);
  return Object.entries(SAMPLES)
    .filter(([type]) => !accepted.has(type))
    .map(([type, value]) => ({
      what: `${type} for ${place || 'the body'}`,
      change: () => value,
      fault: place || 'body',
    }));
}

function enumProbes(values: unknown[], place: string): Probe[] {
  const wrong = ['unknown', '', ` ${String(values[0])}`, String(values[0]).toUpperCase()];
  return [
    ...values.map((value) => ({ what: `${place} ${String(value)}`, change: () => value, fault: null })),
    ...wrong
      .filter((value) => !values.includes(value))
      .map((value) => ({ what: `${place} "${value}"`, change: () => value, fault: place })),
  ];
}

function numberProbes({ minimum, maximum }: Keywords, place: string): Probe[] {
  const probe = (value: number, fault: string | null): Probe => ({
    what: `${place} ${value}`,
    change: () => value,
    fault,
  });
  return [
    ...(minimum === undefined ? [] : [probe(minimum, null), probe(minimum - 1, place)]),
    ...(maximum === undefined ? [] : [probe(maximum, null), probe(maximum + 1, place), probe(1e300, place)]),
  ];
}

/** `base` has an item. */
function arrayProbes(
  schemas: Schemas,
  keywords: Keywords,
  base: readonly unknown[] | undefined,
  place: string,
): Probe[] {
  const { items = {}, minItems = 0, maxItems, uniqueItems } = keywords;
  const [first = exampleOf(schemas, items)] = base ?? [];
  const probe = (what: string, value: unknown[], fault: string | null): Probe => ({
    what: `${place} ${what}`,
    change: () => value,
    fault,
  });
  const ofItems = probesOf(schemas, items, first, `${place}.0`).map((inner) => ({
    // Known by the name of the whole: whose ids they are is a question for all of them.
    what: `${place} with ${inner.what}`,
    change: () => [inner.change(first)],
    fault: inner.fault,
  }));
  return [
    ...ofItems,
    probe('that is empty', [], minItems > 0 ? place : null),
    ...(uniqueItems === true ? [probe('with one item twice', [first, first], place)] : []),
    ...(maxItems === undefined ? [] : [probe('that is too long', Array<unknown>(maxItems + 1).fill(first), place)]),
  ];
}

function unionProbes(schemas: Schemas, branches: Schema[], place: string): Probe[] {
  const isNull = (branch: Schema): boolean => keywordsOf(schemas, branch).type === 'null';
  const others = branches.filter((branch) => !isNull(branch));
  const ofBranches = others.flatMap((branch) => {
    const value = exampleOf(schemas, branch);
    const within = probesOf(schemas, branch, value, place).filter(({ fault }) => fault !== place);
    return [
      { what: `${place} like ${JSON.stringify(value)}`, change: () => value, fault: null },
      // Nobody can tell which of the branches a value was meant for that lacks what makes it one of them.
      ...within.map((probe) => ({
        what: probe.what,
        change: () => probe.change(value),
        fault: probe.fault !== null && probe.what.startsWith('no ') ? `${place}.*` : probe.fault,
      })),
    ];
  });
  const types = others.flatMap((branch) => keywordsOf(schemas, branch).type ?? []);
  const nullable = branches.some(isNull);
  const ofNull: Probe[] = nullable ? [{ what: `${place} null`, change: () => null, fault: null }] : [];
  return [...ofBranches, ...ofNull, ...typeProbes(nullable ? [...types, 'null'] : types, place)];
}

function objectProbes(schemas: Schemas, keywords: Keywords, base: Record<string, unknown>, place: string): Probe[] {
  const { properties = {}, required = [], minProperties, additionalProperties } = keywords;
  const below = (name: string): string => (place === '' ? name : `${place}.${name}`);
  const probes: Probe[] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const value = base[name] ?? exampleOf(schemas, schema);
    for (const probe of probesOf(schemas, schema, value, below(name))) {
      probes.push({ ...probe, change: (of) => ({ ...object(of), [name]: probe.change(object(of)[name] ?? value) }) });
    }
    const isLast = minProperties === 1 && Object.keys(base).every((other) => other === name);
    probes.push({
      what: `no ${below(name)}`,
      change: (of) => without(of, [name]),
      fault: required.includes(name) ? below(name) : isLast ? place || 'body' : null,
    });
    if (minProperties === 1) {
      probes.push({
        what: `only ${below(name)}`,
        change: (of) => ({ [name]: object(of)[name] ?? value }),
        fault: null,
      });
    }
  }
  if (minProperties === 1) probes.push({ what: 'nothing', change: () => ({}), fault: place || 'body' });
  if (additionalProperties === false) {
    for (const name of ['unknown', 'Name', 'constructor']) {
      probes.push({
        what: `${below(name)}, which is unknown`,
        change: (of) => ({ ...object(of), [name]: 1 }),
        fault: below(name),
      });
    }
  } else if (additionalProperties !== undefined) {
    probes.push(...mapProbes(schemas, keywords, additionalProperties, below));
  }
  return probes;
}

/** An object whose properties the caller names. */
function mapProbes(
  schemas: Schemas,
  { maxProperties, propertyNames }: Keywords,
  values: Schema,
  below: (name: string) => string,
): Probe[] {
  const numbered = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`name${index}`, 'value']));
  const ofNames = ['ok', 'with/slash.and-dash_9', 'a'.repeat(63), 'a'.repeat(64), '', ' x', 'ü', 'a\nb', '__proto__'];
  const names = new RegExp(propertyNames?.pattern ?? '', 'u');
  const probes: Probe[] = ofNames.map((name) => ({
    what: `the name ${JSON.stringify(name)}`,
    change: () => JSON.parse(`{${JSON.stringify(name)}:"value"}`) as unknown,
    fault: names.test(name) ? null : below(name),
  }));
  for (const probe of probesOf(schemas, values, 'value', below('probe'))) {
    probes.push({ ...probe, change: (of) => ({ ...object(of), probe: probe.change('value') }) });
  }
  if (maxProperties !== undefined) {
    const place = below('').replace(/\.$/, '');
    probes.push({ what: `${maxProperties} of ${place}`, change: () => numbered(maxProperties), fault: null });
    probes.push({ what: `too many of ${place}`, change: () => numbered(maxProperties + 1), fault: place });
  }
  return probes;
}

function exampleOf(schemas: Schemas, schema: Schema): unknown {
  const { example, default: byDefault, enum: values, oneOf, type, minimum } = keywordsOf(schemas, schema);
  if (example !== undefined) return example;
  if (byDefault !== undefined) return byDefault;
  if (values !== undefined) return values[0];
  if (oneOf !== undefined) return exampleOf(schemas, oneOf[0]!);
  const [first] = [type].flat();
  if (first === 'integer') return minimum ?? 1;
  return SAMPLES[String(first)];
}

function object(value: unknown): Record<string, unknown> {
  return (value ?? {}) as Record<string, unknown>;
}

function without(value: unknown, names: string[]): unknown {
  return Object.fromEntries(Object.entries(object(value)).filter(([name]) => !names.includes(name)));
}
