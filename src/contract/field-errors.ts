import type { ErrorObject } from 'ajv';
import { closestBranch, Fault } from './closest-branch.js';
import { explain } from './explain.js';
import type { FieldError } from './generated/types.gen.js';
import type { Schema } from './openapi-document.js';
import type { Schemas } from './schemas.js';

/**
 * What is wrong with a value, field by field, in words for a person; empty when nothing is. Names
 * of properties are repeated, values never are.
 *
 * @param place where the value stands, such as `database`; empty for the top
 */
export function fieldErrors(schemas: Schemas, schema: Schema, value: unknown, place = ''): FieldError[] {
  const validate = schemas.validator(schema);
  if (validate(value)) return [];
  const found: FieldError[][] = [];
  const errors = [...(validate.errors ?? [])];
  // Ajv lists the errors of the branches right before the one of the `oneOf` they belong to. From
  // the end, each union is met before its branches, which are then replaced by the closest one's.
  for (let error = errors.pop(); error !== undefined; error = errors.pop()) {
    const at = joined(place, error.instancePath);
    if (error.keyword === 'oneOf') {
      const { branches, closest } = closestBranch(schemas, error);
      errors.splice(errors.length - branches.flat().length);
      found.push(
        closest instanceof Fault
          ? [{ field: joined(at, `/${closest.property}`) || 'body', message: closest.message }]
          : fieldErrors(schemas, closest, error.data, at),
      );
    } else if (!isAboutPropertyName(error)) {
      found.push([explain(error, at)]);
    }
  }
  // What is no object at all, a schema says itself, and the union within it once more.
  const inOrder = found.toReversed().flat();
  return [...new Map(inOrder.map((fault) => [`${fault.field} ${fault.message}`, fault])).values()];
}

/** `propertyNames` itself says which name is wrong; what exactly is wrong with it comes along separately. */
function isAboutPropertyName(error: ErrorObject): boolean {
  return error.propertyName !== undefined && error.keyword !== 'propertyNames';
}

/** `/database/port` below `environment` is `environment.database.port`. */
function joined(place: string, pointer: string): string {
  const names = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return [place, ...names].filter((part) => part !== '').join('.');
}
