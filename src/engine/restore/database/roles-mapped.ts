import type { RestoreWarning } from './restore-warning.js';

/** So many are named in a warning. */
const NAMED = 10;

/** Says which roles the server does not have, and what became of what was theirs. */
export function rolesMapped(missingRoles: readonly string[]): RestoreWarning[] {
  if (missingRoles.length === 0) return [];
  const more = missingRoles.length - NAMED;
  const names = `${missingRoles.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [
    {
      code: 'roles-mapped',
      message: `The server does not have these roles that the snapshot names: ${names}. What they own or may do went to the environment's role, without their default privileges; where that is not wanted, create them and roll back again.`,
    },
  ];
}
