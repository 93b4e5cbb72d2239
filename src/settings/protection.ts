import { faultOf, ruleKey } from '../calendar/cron-rule.js';
import { isTimeZone } from '../calendar/time-zone.js';
import type {
  EnvironmentType,
  FieldError,
  ScheduleEntry,
  SettingSource,
  SnapshotDefaultsRule,
} from '../contract/generated/types.gen.js';

/** When an environment's snapshots are taken by themselves, and how long they are kept: what a project can have defaults of. */
export interface Protection {
  timeZone: string;
  schedule: ScheduleEntry[];
  schedulePaused: boolean;
  skipUnchanged: boolean;
  retentionDays: number;
  keepLast: number;
  keepHourly: number;
  keepDaily: number;
  keepWeekly: number;
  keepMonthly: number;
  keepYearly: number;
}

/** What an environment says itself; null leaves it to its project. */
export type OwnProtection = { [Setting in keyof Protection]: Protection[Setting] | null };

export type ProtectionSources = { [Setting in keyof Protection]: SettingSource };

/** Where neither the environment nor its project says anything. */
export const PROTECTION_DEFAULTS: Readonly<Protection> = {
  timeZone: 'UTC',
  schedule: [],
  schedulePaused: false,
  skipUnchanged: false,
  retentionDays: 30,
  keepLast: 0,
  keepHourly: 0,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  keepYearly: 0,
};

const SETTINGS = Object.keys(PROTECTION_DEFAULTS) as (keyof Protection)[];

/** Of an environment that leaves everything to its project. */
export const SAYS_NOTHING = Object.fromEntries(SETTINGS.map((name) => [name, null])) as OwnProtection;

/** What applies in effect, and who says so: the environment itself, the first rule of its project that is for its type, or nobody. Pure. */
export function effectiveProtection(
  own: OwnProtection,
  rules: readonly SnapshotDefaultsRule[],
  type: EnvironmentType,
): { values: Protection; sources: ProtectionSources } {
  const applying = rules.filter(({ environmentType }) => environmentType === undefined || environmentType === type);
  const decided = SETTINGS.map((name) => [name, decide(name, own, applying)] as const);
  return {
    values: Object.fromEntries(decided.map(([name, { value }]) => [name, value])) as unknown as Protection,
    sources: Object.fromEntries(decided.map(([name, { source }]) => [name, source])) as ProtectionSources,
  };
}

function decide(
  name: keyof Protection,
  own: OwnProtection,
  rules: readonly SnapshotDefaultsRule[],
): { value: unknown; source: SettingSource } {
  if (own[name] !== null) return { value: own[name], source: 'environment' };
  const rule = rules.find((one) => one[name] !== undefined);
  if (rule !== undefined) return { value: rule[name], source: 'project' };
  return { value: PROTECTION_DEFAULTS[name], source: 'default' };
}

/** What is wrong with what somebody says, besides what the contract has seen; `within` stands before the names of fields. Pure. */
export function faultsOf(said: Partial<OwnProtection>, within = ''): FieldError[] {
  const faults: FieldError[] = [];
  if (typeof said.timeZone === 'string' && !isTimeZone(said.timeZone))
    faults.push({ field: `${within}timeZone`, message: 'must be a time zone such as Europe/Berlin' });
  const keys = new Set<string>();
  for (const [index, entry] of (said.schedule ?? []).entries()) {
    const fault = faultOf(entry);
    if (fault !== null) faults.push({ ...fault, field: `${within}schedule.${index}.${fault.field}` });
    if (keys.has(ruleKey(entry)))
      faults.push({ field: `${within}schedule.${index}`, message: 'is there twice: cron and timeZone are the same' });
    keys.add(ruleKey(entry));
  }
  return faults;
}

/** Whether nothing but what is pinned, in use or the newest would be kept by any rule. */
export function keepsNothing(protection: Protection): boolean {
  const { retentionDays, keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly } = protection;
  return retentionDays + keepLast + keepHourly + keepDaily + keepWeekly + keepMonthly + keepYearly === 0;
}
