import { QueryFailedError } from 'typeorm';

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** Whether a statement failed because a row with the same unique columns is already there. */
export function isUniqueViolation(error: unknown): boolean {
  return stateOf(error) === UNIQUE_VIOLATION;
}

/** Whether a statement failed because another row refers to this one, or the one referred to is not there. */
export function isForeignKeyViolation(error: unknown): boolean {
  return stateOf(error) === FOREIGN_KEY_VIOLATION;
}

function stateOf(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code } = error.driverError as { code?: string };
  return code;
}
