import { quoteIdentifier } from '../sql/quote.js';
import type { DescribedObject } from './described-object.js';
import { policyRoles } from './server-roles.js';

/**
 * `CREATE POLICY` from a record of the kind `policy`, with each role as `mapRole` says. Throws a TypeError for a record
 * of another kind. The comment is not part of it.
 */
export function policyStatement(record: DescribedObject, mapRole: (role: string) => string): string {
  if (record.kind !== 'policy') throw new TypeError(`A ${record.kind} is no policy.`);
  const { name, table, command, restrictive, everybody, using, check } = record.definition;
  const roles = [...new Set(policyRoles(record).map(mapRole))].map(quoteIdentifier);
  // Never open to more than it was.
  if (roles.length === 0 && everybody !== true) throw new TypeError(`The policy ${record.name} is for nobody.`);
  return [
    `CREATE POLICY ${quoteIdentifier(String(name))} ON ${String(table)}`,
    restrictive === true ? 'AS RESTRICTIVE' : 'AS PERMISSIVE',
    `FOR ${command === undefined ? 'ALL' : String(command)}`,
    `TO ${roles.join(', ') || 'PUBLIC'}`,
    ...(typeof using === 'string' ? [`USING (${using})`] : []),
    ...(typeof check === 'string' ? [`WITH CHECK (${check})`] : []),
  ].join(' ');
}
