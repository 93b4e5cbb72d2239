import type { FieldError } from './generated/types.gen.js';
import type { Schema } from './openapi-document.js';
import type { ObjectSchema } from './operation.js';
import type { Schemas } from './schemas.js';

/** Integers that JavaScript represents exactly have at most this many digits. */
const INTEGER = /^-?\d{1,15}$/;

export interface TypedValues {
  values: Record<string, unknown>;
  errors: FieldError[];
}

/**
 * Parameters arrive as text: gives each declared one the type its schema asks for. What cannot be
 * read as that type stays text, for the schema to refuse; so do names that are not declared.
 */
export function typedValues(
  schemas: Schemas,
  schema: ObjectSchema,
  given: Readonly<Record<string, unknown>>,
): TypedValues {
  const values: [name: string, value: unknown][] = [];
  const errors: FieldError[] = [];
  for (const [name, text] of Object.entries(given)) {
    const declared = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (declared !== undefined && Array.isArray(text)) errors.push({ field: name, message: 'must be given only once' });
    else values.push([name, declared === undefined ? text : typed(schemas.resolve(declared), text)]);
  }
  return { values: Object.fromEntries(values), errors };
}

function typed({ type, format }: Schema, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  // There are several ways to write one id; it is compared as text from here on.
  if (format === 'uuid') return text.toLowerCase();
  if (type === 'integer' && INTEGER.test(text)) return Number(text);
  if (type === 'boolean' && text === 'true') return true;
  if (type === 'boolean' && text === 'false') return false;
  return text;
}
