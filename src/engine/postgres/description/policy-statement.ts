import type { DescribedObject } from './described-object.js';

/**
 * `CREATE POLICY` from a record of the kind `policy`, with each role as `mapRole` says. Throws a TypeError for a record
 * of another kind. The comment is not part of it.
 */
export function policyStatement(record: DescribedObject, mapRole: (role: string) => string): string {
  throw new TypeError(`Not written yet: ${record.kind} ${mapRole('')}.`);
}
