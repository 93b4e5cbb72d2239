import { describe, expect, it } from 'vitest';
import type { SnapshotDefaultsRule } from '../contract/generated/types.gen.js';
import {
  effectiveProtection,
  faultsOf,
  keepsNothing,
  PROTECTION_DEFAULTS,
  SAYS_NOTHING as silent,
} from './protection.js';

const hourly = { cron: '0 * * * *', timeZone: 'Europe/Berlin', keep: 24 };
const rules: SnapshotDefaultsRule[] = [
  { environmentType: 'production', schedule: [hourly], keepDaily: 14, keepMonthly: 12 },
  { environmentType: 'staging', retentionDays: 7 },
  { retentionDays: 14, keepDaily: 3 },
];

describe('what applies in effect', () => {
  it('is the defaults of the service where nobody says anything', () => {
    const { values, sources } = effectiveProtection(silent, [], 'production');
    expect(values).toEqual(PROTECTION_DEFAULTS);
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
  });

  it('is what the first rule for its type says, setting by setting', () => {
    const production = effectiveProtection(silent, rules, 'production');
    expect(production.values).toMatchObject({ schedule: [hourly], retentionDays: 14, keepDaily: 14, keepMonthly: 12 });
    expect(production.sources).toMatchObject({ keepDaily: 'project', keepYearly: 'default' });
    expect(effectiveProtection(silent, rules, 'staging').values).toMatchObject({
      schedule: [],
      retentionDays: 7,
      keepDaily: 3,
    });
    expect(effectiveProtection(silent, rules, 'development').values).toMatchObject({ retentionDays: 14 });
  });

  it('is what the environment says itself before all, nothing included', () => {
    const own = { ...silent, schedule: [], schedulePaused: false, retentionDays: 30, keepDaily: 0 };
    const { values, sources } = effectiveProtection(own, rules, 'production');
    expect(values).toMatchObject({ schedule: [], retentionDays: 30, keepDaily: 0, keepMonthly: 12 });
    expect(sources).toMatchObject({ schedule: 'environment', schedulePaused: 'environment', keepMonthly: 'project' });
  });

  it('keeps nothing only if no rule keeps anything', () => {
    expect(keepsNothing(PROTECTION_DEFAULTS)).toBe(false);
    expect(keepsNothing({ ...PROTECTION_DEFAULTS, retentionDays: 0 })).toBe(true);
    expect(keepsNothing({ ...PROTECTION_DEFAULTS, retentionDays: 0, keepYearly: 1 })).toBe(false);
  });
});

describe('what cannot be said', () => {
  it('is told by its field', () => {
    const schedule = [
      hourly,
      { ...hourly, keep: 3 },
      { cron: '* * * * * *', timeZone: 'UTC' },
      { cron: '0 0 * * *', timeZone: 'Mars' },
    ];
    expect(faultsOf({ timeZone: 'Europe/Nowhere', schedule }, 'rules.1.').map(({ field }) => field)).toEqual([
      'rules.1.timeZone',
      'rules.1.schedule.1',
      'rules.1.schedule.2.cron',
      'rules.1.schedule.3.timeZone',
    ]);
    expect(faultsOf({ timeZone: null, schedule: null })).toEqual([]);
  });
});
