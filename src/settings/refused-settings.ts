import { errors } from '../errors/catalogue.js';
import { faultsOf, keepsNothing } from './protection.js';
import type { OwnProtection, Protection } from './protection.js';

/** Why retention that would delete everything is refused. */
export const KEEPS_NOTHING =
  'would have retention keep nothing: one of retentionDays and the keep settings must be more than 0';

/** Throws `validation-failed` for what can be no setting, such as a schedule that never comes. */
export function refuseFaults(said: Partial<OwnProtection>): void {
  const faults = faultsOf(said);
  if (faults.length > 0) throw errors.validationFailed(faults);
}

/** Throws `validation-failed` for settings in effect that nobody may have. */
export function refuseKeepingNothing(protection: Protection): void {
  if (keepsNothing(protection)) throw errors.validationFailed([{ field: 'retentionDays', message: KEEPS_NOTHING }]);
}
