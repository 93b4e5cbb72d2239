import type { ErrorObject } from 'ajv';
import type { FieldError } from './generated/types.gen.js';

/** Longest part of a property name, which is the caller's text, that an answer repeats. */
const LONGEST_NAME = 100;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
  null: 'null',
};

const FORMATS: Readonly<Record<string, string>> = { uuid: 'a UUID', 'date-time': 'an RFC 3339 time' };

/** `integer` is "an integer"; several are joined by "or". */
export function typeName(type: unknown): string {
  return (Array.isArray(type) ? type : [type]).map((name) => TYPES[String(name)] ?? String(name)).join(' or ');
}

/**
 * One error of Ajv in words for a person, on the field it is about.
 *
 * @param place path of the value in question; empty for the whole body
 */
export function explain(error: ErrorObject, place: string): FieldError {
  const { keyword, params } = error;
  switch (keyword) {
    case 'required':
      return { field: below(place, params.missingProperty), message: 'is required' };
    case 'additionalProperties':
      return { field: below(place, params.additionalProperty), message: 'is not a known property' };
    case 'propertyNames':
      return { field: below(place, params.propertyName), message: `is not an allowed name${patternOf(error.schema)}` };
    default:
      return { field: place || 'body', message: describe(error) };
  }
}

function describe({ keyword, params, parentSchema, message }: ErrorObject): string {
  switch (keyword) {
    case 'type':
      return `must be ${typeName(params.type)}`;
    case 'enum':
      return `must be ${either(params.allowedValues)}`;
    case 'format':
      return `must be ${FORMATS[params.format] ?? params.format}`;
    case 'minLength':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`;
    case 'maxLength':
      return `must have at most ${params.limit} characters`;
    case 'minProperties':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} properties`;
    case 'maxProperties':
      return `must have at most ${params.limit} properties`;
    case 'minItems':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} items`;
    case 'maxItems':
      return `must have at most ${params.limit} items`;
    case 'uniqueItems':
      return 'must have no item twice';
    case 'pattern':
      return `does not have the allowed form${formOf(parentSchema, params.pattern)}`;
    default:
      return message ?? 'is not allowed';
  }
}

/** The contract describes most forms in words; the pattern is what is left. */
function formOf(schema: ErrorObject['parentSchema'], pattern: string): string {
  const description = typeof schema?.description === 'string' ? schema.description.trim().replace(/\.$/, '') : '';
  return description === '' ? `: ${pattern}` : `: ${description}`;
}

function patternOf(schema: unknown): string {
  const pattern = (schema as { pattern?: string } | undefined)?.pattern;
  return pattern === undefined ? '' : `: ${pattern}`;
}

/** `[a, b, c]` is "a, b or c". */
export function either(values: readonly unknown[]): string {
  const last = String(values.at(-1));
  return values.length < 2 ? last : `${values.slice(0, -1).join(', ')} or ${last}`;
}

function below(place: string, name: string): string {
  const shown = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return place === '' ? shown : `${place}.${shown}`;
}
