import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import { ruleKey } from '../../src/calendar/cron-rule.js';
import type { Schedule, SnapshotSettingsUpdate } from '../../src/contract/generated/types.gen.js';
import { Problem } from '../../src/errors/problem.js';
import type { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { toRetentionPlanDto } from '../../src/retention/retention.dto.js';
import { usually } from '../harness/thorough.js';
import { someCaller, startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment, addSnapshot, DAY_MS, retentionOn } from './retention-fixture.js';
import type { Retention } from './retention-fixture.js';

type Tried = Pick<
  SnapshotSettingsUpdate,
  | 'retentionDays'
  | 'keepLast'
  | 'keepHourly'
  | 'keepDaily'
  | 'keepWeekly'
  | 'keepMonthly'
  | 'keepYearly'
  | 'timeZone'
  | 'schedule'
>;

const HOURLY = { cron: '0 * * * *', timeZone: 'UTC' };
const NIGHTLY = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };

let registry: Registry;
let retention: Retention;
let caller: Caller;
let environment: EnvironmentEntity;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  retention = retentionOn(registry);
  ({ caller, environment } = await addEnvironment(registry));
  // A few of each hour, day, week, month and year, some of the schedule's, some that no policy speaks of.
  const ages = [
    0.1, 0.2, 0.3, 0.9, 1.1, 1.6, 2.4, 3, 5, 6, 8, 9, 13, 15, 20, 29, 31, 40, 55, 61, 90, 120, 200, 400, 800,
  ];
  for (const [index, age] of ages.entries()) {
    await addSnapshot(registry, environment, age, index % 9 === 4 ? { pinnedAt: new Date() } : {});
    await addSnapshot(registry, environment, age + 0.01, index % 5 === 2 ? { restorability: 'refuted' } : {});
    await taken(age + 0.02, index % 2 === 0 ? HOURLY : NIGHTLY);
  }
});
afterAll(() => registry.close());

async function taken(daysOld: number, rule: typeof HOURLY): Promise<void> {
  const id = await addSnapshot(registry, environment, daysOld, { trigger: 'scheduled', schedules: [rule] });
  await registry.dataSource.query(
    `INSERT INTO schedule_runs (environment_id, rule, cron, time_zone, due_at, created_at, outcome, snapshot_id)
     SELECT $1, $2, $3, $4, due, due, 'started', $6 FROM (SELECT now() - make_interval(secs => $5) AS due) given`,
    [environment.id, ruleKey(rule), rule.cron, rule.timeZone, daysOld * 86_400, id],
  );
}

/** What was decided, and not when; or why nothing was. */
async function plan(at: Date | undefined, tried?: Tried): Promise<object> {
  const supposed = { ...(at && { at }), ...(tried && { settings: tried }) };
  const outlook = await retention.service.plan(caller, environment.id, { limit: 100 }, supposed).catch(refusal);
  if ('refused' in outlook) return outlook;
  const { evaluatedAt: _, ...decided } = toRetentionPlanDto(outlook);
  return decided;
}

const apply = async (settings: Tried): Promise<object> =>
  registry.settings.update(caller, environment.id, settings).catch(refusal);

function refusal(error: unknown): { refused: unknown } {
  if (!(error instanceof Problem)) throw error;
  return { refused: { status: error.status, code: error.code, detail: error.detail, errors: error.errors } };
}

const count = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 8 }) }, fc.constant(null));
const days = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 }), fc.constant(null));
const zone = fc.constantFrom('UTC', 'Pacific/Auckland', 'America/Sao_Paulo', 'Europe/Nowhere', null);
const keep = fc.integer({ min: 1, max: 6 });
const schedule: fc.Arbitrary<Schedule | null> = fc.oneof(
  fc.constant(null),
  fc.constant<Schedule>([]),
  keep.map((hourly): Schedule => [{ ...HOURLY, keep: hourly }]),
  fc.tuple(keep, keep).map(([hourly, nightly]): Schedule => [
    { ...HOURLY, keep: hourly },
    { ...NIGHTLY, keep: nightly },
  ]),
  fc.constant<Schedule>([NIGHTLY]),
  // There is no such day, and the same twice is refused too.
  fc.constant<Schedule>([{ cron: '0 0 30 2 *', timeZone: 'UTC' }]),
  fc.constant<Schedule>([HOURLY, HOURLY]),
);

const settings: fc.Arbitrary<Tried> = fc.record(
  {
    ...{ retentionDays: days, keepLast: count, keepHourly: count, keepDaily: count, keepWeekly: count },
    ...{ keepMonthly: count, keepYearly: count, timeZone: zone, schedule },
  },
  { requiredKeys: [] },
);

describe('a preview of retention', () => {
  it('is what the plan says once the settings are changed to the same, and is refused for what the change is', async () => {
    let [tries, refusals] = [0, 0];
    await fc.assert(
      fc.asyncProperty(settings, fc.constantFrom(undefined, 1, 45), async (tried, later) => {
        const at = later === undefined ? undefined : new Date(Date.now() + later * DAY_MS);
        const before = await plan(at);
        const preview = await plan(at, tried);
        expect(await plan(at)).toEqual(before);
        const changed = await apply(tried);
        tries += 1;
        if ('refused' in changed) refusals += 1;
        expect(preview).toEqual('refused' in changed ? changed : await plan(at));
      }),
      { numRuns: usually(60, 600) },
    );
    expect(refusals).toBeGreaterThan(0);
    expect(tries).toBeGreaterThan(refusals);
  });

  it('tells what would be in effect: of the environment, or of the project where null gives it back', async () => {
    await apply({ retentionDays: 5, keepDaily: 3, keepWeekly: null, timeZone: null, schedule: null });
    expect(await plan(undefined, { retentionDays: null, keepWeekly: 2 })).toMatchObject({
      policy: { retentionDays: 30, keepDaily: 3, keepWeekly: 2, timeZone: 'UTC' },
      retentionDays: 30,
    });
  });

  it('changes neither settings nor snapshots', async () => {
    const state = () =>
      registry.dataSource.query(
        `SELECT (SELECT json_agg(s ORDER BY environment_id) FROM snapshot_settings s) AS settings,
                (SELECT json_agg(s ORDER BY id) FROM snapshots s) AS snapshots,
                (SELECT count(*) FROM audit_entries) AS entries`,
      );
    const before = await state();
    await plan(undefined, { retentionDays: 1, keepLast: 0 });
    expect(await state()).toEqual(before);
  });

  it('comes in pages, and is for those who see the environment', async () => {
    const page = (query: object, by = caller) =>
      retention.service.plan(by, environment.id, query, { settings: { retentionDays: 1 } });
    const { page: all } = await page({ limit: 100 });
    const { page: second } = await page({ limit: 10, offset: 10 });
    expect(second.items).toEqual(all.items.slice(10, 20));
    await expect(page({}, someCaller())).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});
