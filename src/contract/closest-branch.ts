import type { ErrorObject } from 'ajv';
import { either, typeName } from './explain.js';
import type { Schema } from './openapi-document.js';
import type { Schemas } from './schemas.js';

export interface Closest {
  /** The errors of each branch, all of which Ajv has reported. */
  branches: ErrorObject[][];
  /** The branch the caller most likely meant, or, when there is none, what is wrong, with one of the value's properties or all of it. */
  closest: Schema | Fault;
}

export class Fault {
  constructor(
    readonly message: string,
    readonly property = '',
  ) {}
}

/**
 * Of the branches of a failed `oneOf`, the one to tell the caller about: one of the
 * value's own type, that knows most of the properties the value has.
 */
export function closestBranch(schemas: Schemas, union: ErrorObject): Closest {
  const candidates = (union.schema as Schema[]).map((schema) => ({
    schema,
    errors: errorsOf(schemas, schema, union.data),
    known: knownProperties(schemas, schema, union.data),
  }));
  const branches = candidates.map(({ errors }) => errors);
  const told = toldBranch(union);
  if (told !== undefined) return { branches, closest: told };
  if (union.params.passingSchemas !== null) {
    return { branches, closest: new Fault('must have exactly one of the allowed forms') };
  }
  const ofItsType = candidates.filter(({ errors }) => !errors.some(isAboutType));
  if (ofItsType.length === 0) return { branches, closest: new Fault(`must be ${typesOf(branches).join(' or ')}`) };
  const [first, ...others] = ofItsType;
  const closest = others.reduce((best, other) => (other.known > best.known ? other : best), first ?? candidates[0]!);
  return { branches, closest: closest.schema };
}

interface Discriminator {
  propertyName: string;
  mapping: Record<string, string>;
}

/** Of a union whose values say which branch they are: that branch, as it stands in the union, or what such a value has to say. */
function toldBranch({ parentSchema, schema, data }: ErrorObject): Closest['closest'] | undefined {
  const discriminator = parentSchema?.discriminator as Discriminator | undefined;
  if (discriminator === undefined || typeof data !== 'object' || data === null) return undefined;
  const { propertyName: property, mapping } = discriminator;
  const said = (data as Record<string, unknown>)[property];
  if (said === undefined) return new Fault('is required', property);
  const target = typeof said === 'string' && Object.hasOwn(mapping, said) ? mapping[said] : undefined;
  const branch = (schema as Schema[]).find(({ $ref }) => target !== undefined && nameOf($ref) === nameOf(target));
  return branch ?? new Fault(`must be ${either(Object.keys(mapping))}`, property);
}

function nameOf(reference: unknown): string | undefined {
  return String(reference).split('/').at(-1);
}

function errorsOf(schemas: Schemas, schema: Schema, value: unknown): ErrorObject[] {
  const validate = schemas.validator(schema);
  return validate(value) ? [] : [...(validate.errors ?? [])];
}

/** Properties of the value that the schema knows, less those it does not. */
function knownProperties(schemas: Schemas, schema: Schema, value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const properties = (schemas.resolve(schema).properties ?? {}) as object;
  const names = Object.keys(value);
  const known = names.filter((name) => Object.hasOwn(properties, name)).length;
  return known - (names.length - known);
}

function isAboutType(error: ErrorObject): boolean {
  return error.keyword === 'type' && error.instancePath === '';
}

function typesOf(branches: ErrorObject[][]): string[] {
  const types = branches.flatMap((errors) => errors.filter(isAboutType).map(({ params }) => typeName(params.type)));
  return [...new Set(types)];
}
