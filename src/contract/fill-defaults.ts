import type { Schema } from './openapi-document.js';
import type { Schemas } from './schemas.js';

/**
 * Writes the defaults of a schema into a value that it has accepted, however deep. Of a `oneOf` it is the branch the
 * value belongs to whose defaults count.
 */
export function fillDefaults(schemas: Schemas, schema: Schema, value: unknown): void {
  const { properties, items, oneOf } = schemas.resolve(schema) as Keywords;
  const branch = oneOf?.find((candidate) => schemas.validator(candidate)(value) === true);
  if (branch !== undefined) fillDefaults(schemas, branch, value);
  if (Array.isArray(value)) {
    if (items !== undefined) for (const item of value) fillDefaults(schemas, items, item);
  } else if (typeof value === 'object' && value !== null) {
    fillProperties(schemas, properties ?? {}, value as Record<string, unknown>);
  }
}

interface Keywords {
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
}

function fillProperties(schemas: Schemas, properties: Record<string, Schema>, value: Record<string, unknown>): void {
  for (const [name, schema] of Object.entries(properties)) {
    if (value[name] !== undefined) {
      fillDefaults(schemas, schema, value[name]);
      continue;
    }
    const { default: byDefault } = schemas.resolve(schema);
    if (byDefault !== undefined) value[name] = structuredClone(byDefault);
  }
}
