import { nameSome } from '../../../name-some.js';
import type { RestoreWarning } from '../restore-warning.js';

/** Says which roles the server does not have, and what became of what was theirs. */
export function rolesMapped(missingRoles: readonly string[]): RestoreWarning[] {
  if (missingRoles.length === 0) return [];
  return [
    {
      code: 'roles-mapped',
      message: `The server does not have these roles that the snapshot names: ${nameSome(missingRoles)}. What they own or may do went to the environment's role, without their default privileges; where that is not wanted, create them and roll back again.`,
    },
  ];
}
