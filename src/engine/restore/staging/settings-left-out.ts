import type { LeftOutSetting } from '../../postgres/properties/put-properties.js';
import { nameSome } from '../../name-some.js';
import type { RestoreWarning } from '../database/restore-warning.js';

/** Says which captured settings of the database itself the restored one does not have, and why. */
export function warningOfSettings(left: readonly LeftOutSetting[]): RestoreWarning[] {
  if (left.length === 0) return [];
  const reasons = left.map(({ name, role, reason }) => `${name}${role === null ? '' : ` (of ${role})`}: ${reason}`);
  return [
    {
      code: 'settings-left-out',
      message: `These settings of the database did not come back; make them as a role that may, where they are needed. ${nameSome(reasons, { between: '; ' })}.`,
    },
  ];
}
