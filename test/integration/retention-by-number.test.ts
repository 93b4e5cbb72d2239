import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import { ruleKey } from '../../src/calendar/cron-rule.js';
import type { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { removeExpiredRows } from '../../src/retention/expired-rows.js';
import { PinExpiry } from '../../src/retention/pin-expiry.js';
import { toRetentionPlanDto } from '../../src/retention/retention.dto.js';
import type { SnapshotEntity } from '../../src/snapshots/snapshot.entity.js';
import { pinExpires } from '../../src/snapshots/snapshot-announcements.js';
import { startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment, addSnapshot, DAY_MS, retentionOn } from './retention-fixture.js';
import type { Retention } from './retention-fixture.js';

let registry: Registry;
let retention: Retention;
let caller: Caller;
let environment: EnvironmentEntity;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
});
afterAll(() => registry.close());
beforeEach(async () => {
  retention = retentionOn(registry);
  ({ caller, environment } = await addEnvironment(registry));
});

const set = (changes: Parameters<Registry['settings']['update']>[2]) =>
  registry.settings.update(caller, environment.id, changes);
const add = (daysOld: number, changes?: Partial<SnapshotEntity>) =>
  addSnapshot(registry, environment, daysOld, changes);

async function plan(at?: Date) {
  return toRetentionPlanDto(await retention.service.plan(caller, environment.id, { limit: 100 }, { at }));
}

const kept = async () => {
  const rows: { id: string }[] = await registry.dataSource.query(
    `SELECT id FROM snapshots WHERE environment_id = $1 AND status = 'completed' ORDER BY created_at DESC`,
    [environment.id],
  );
  return rows.map(({ id }) => id);
};

/** At noon of that day. */
const noon = (daysOld: number) => {
  const day = new Date(Date.now() - daysOld * DAY_MS);
  return new Date(day.setUTCHours(12, 0, 0, 0));
};

describe('retention by periods', () => {
  it('deletes what the plan says is due, and keeps what it says is kept', async () => {
    await set({ retentionDays: 0, keepDaily: 3, keepLast: 2 });
    const ids: string[] = [];
    for (const daysOld of [1, 2, 3, 4, 5])
      ids.push(
        await add(daysOld, { createdAt: noon(daysOld) }),
        await add(daysOld, { createdAt: new Date(noon(daysOld).getTime() - 60_000) }),
      );
    const { items, policy } = await plan();
    expect(policy).toMatchObject({ keepDaily: 3, keepLast: 2, retentionDays: 0, timeZone: 'UTC' });
    const planned = items.filter(({ decision }) => decision === 'keep').map(({ snapshotId }) => snapshotId);
    expect(planned).toEqual([ids[0], ids[1], ids[2], ids[4]]);
    expect(items.find(({ snapshotId }) => snapshotId === ids[2])?.reasons).toEqual([
      'daily 2 of 3: the newest of its day',
    ]);
    expect(items.at(-1)?.reasons).toEqual(['kept by no rule']);
    expect(await retention.service.apply(environment.id)).toBe(6);
    expect(await kept()).toEqual(planned);
    expect(await retention.service.apply(environment.id)).toBe(0);
  });

  it('does not choose what is refuted', async () => {
    await set({ retentionDays: 0, keepDaily: 2 });
    const newest = await add(1, { createdAt: noon(1) });
    await add(2, { createdAt: noon(2), restorability: 'refuted' });
    const whole = await add(2, { createdAt: new Date(noon(2).getTime() - 60_000) });
    await retention.service.apply(environment.id);
    expect(await kept()).toEqual([newest, whole]);
  });

  it('tells what the next run deletes first, oldest first', async () => {
    await set({ retentionDays: 10 });
    await add(1);
    const [later, first] = [await add(12), await add(20)];
    await add(9.9, { pinnedAt: new Date() });
    const { nextDeletions, nextRunAt } = await plan();
    expect(nextDeletions.map(({ snapshotId }) => snapshotId)).toEqual([first, later]);
    expect(Date.parse(nextRunAt)).toBeGreaterThan(Date.now());
  });

  it('goes through more than one batch, and chooses the same in each', async () => {
    await set({ retentionDays: 0, keepMonthly: 12, keepDaily: 14, keepHourly: 24 });
    await registry.dataSource.query(
      `INSERT INTO snapshots (environment_id, project_id, trigger, status, requested_by, created_at)
       SELECT $1, $2, 'manual', 'completed', 'somebody', now() - n * interval '3 hours' FROM generate_series(1, 2400) n`,
      [environment.id, environment.projectId],
    );
    const before = await kept();
    await retention.service.apply(environment.id);
    const after = await kept();
    // 24 hours, 14 days of which three are among these, 11 months of which the present one is, and the oldest of all.
    expect(after.length).toBeGreaterThanOrEqual(24 + 10 + 10);
    expect(after.length).toBeLessThanOrEqual(24 + 14 + 12);
    expect(after.at(-1)).toBe(before.at(-1));
    expect(await retention.service.apply(environment.id)).toBe(0);
  });

  it('keeps everything where settings that were written otherwise would keep nothing', async () => {
    await add(1);
    await add(400);
    await registry.settings.view(caller, environment.id);
    await registry.dataSource.query('UPDATE snapshot_settings SET retention_days = 0 WHERE environment_id = $1', [
      environment.id,
    ]);
    expect(await retention.service.apply(environment.id)).toBe(0);
    expect((await plan()).items[1]?.reasons).toEqual(['the settings would keep nothing, so that everything is kept']);
  });
});

describe('what a schedule takes', () => {
  const hourly = { cron: '0 * * * *', timeZone: 'UTC' };
  const nightly = { cron: '0 0 * * *', timeZone: 'UTC' };

  async function taken(hoursOld: number, ...schedules: (typeof hourly)[]) {
    const id = await add(hoursOld / 24, { trigger: 'scheduled', schedules });
    for (const { cron, timeZone } of schedules)
      await registry.dataSource.query(
        `INSERT INTO schedule_runs (environment_id, rule, cron, time_zone, due_at, created_at, outcome, snapshot_id)
         SELECT $1, $2, $3, $4, due, due, 'started', $6 FROM (SELECT now() - make_interval(secs => $5) AS due) given`,
        [environment.id, ruleKey({ cron, timeZone }), cron, timeZone, hoursOld * 3600, id],
      );
    return id;
  }

  it('is kept by number where its entry says so, young or old, and by age where it does not', async () => {
    await set({ schedule: [{ ...hourly, keep: 3 }, nightly] });
    const ids = [];
    for (const hours of [1, 2, 3, 4, 5]) ids.push(await taken(hours, hourly));
    const both = await taken(6, hourly, nightly);
    const manual = await add(7 / 24);
    expect(await retention.service.apply(environment.id)).toBe(2);
    expect(await kept()).toEqual([...ids.slice(0, 3), both, manual]);
  });

  it('is kept by number for years, when what came of runs so long ago is not told any more', async () => {
    const monthly = { cron: '0 0 1 * *', timeZone: 'UTC' };
    await set({ schedule: [{ ...monthly, keep: 24 }] });
    const ids = [];
    for (let month = 1; month <= 20; month += 1) ids.push(await taken(month * 30 * 24, monthly));
    await removeExpiredRows(registry.dataSource, { WEBHOOK_DELIVERY_DAYS: 30 }, new AbortController().signal);
    expect(await retention.service.apply(environment.id)).toBe(0);
    expect(await kept()).toEqual(ids);
  });

  it('is kept by its age when the entry is gone from the schedule', async () => {
    await set({ schedule: [{ ...hourly, keep: 1 }] });
    const [newest, older] = [await taken(1, hourly), await taken(2, hourly)];
    await set({ schedule: [] });
    expect(await retention.service.apply(environment.id)).toBe(0);
    expect(await kept()).toEqual([newest, older]);
  });

  it('stops before a slip deletes more than usual', async () => {
    const { service } = retentionOn(registry, { RETENTION_MAX_SHARE: 0.5 });
    await set({ schedule: [{ ...hourly, keep: 1 }] });
    for (const hours of [1, 2, 3, 4, 5, 6]) await taken(hours, hourly);
    await expect(service.apply(environment.id)).rejects.toMatchObject({ due: 5 });
  });
});

describe('pins that expire', () => {
  const pins = () => new PinExpiry(registry.dataSource, registry.announcements);
  const never = new AbortController().signal;
  const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);
  const pinOf = async (id: string) => {
    const rows: { pinnedAt: Date | null; told: Date | null }[] = await registry.dataSource.query(
      'SELECT pinned_at AS "pinnedAt", pin_told_at AS told FROM snapshots WHERE id = $1',
      [id],
    );
    return rows[0];
  };

  it('are told of a week before, once', async () => {
    const told: string[] = [];
    registry.announcements.listen('test', pinExpires, async (_, { id }) => void told.push(id));
    const soon = await add(40, { pinnedAt: new Date(), pinExpiresAt: inDays(5), pinnedBy: 'alice' });
    const later = await add(40, { pinnedAt: new Date(), pinExpiresAt: inDays(20) });
    await pins().lookAfter(never);
    await pins().lookAfter(never);
    expect(told).toEqual([soon]);
    expect((await pinOf(later))?.told).toBeNull();
  });

  it('hold until a day after their end, and a day after they were told of', async () => {
    await add(1);
    const expired = await add(40, { pinnedAt: inDays(-39), pinExpiresAt: inDays(-3) });
    await pins().lookAfter(never);
    expect((await plan()).items[1]).toMatchObject({
      decision: 'keep',
      reasons: [expect.stringMatching(/^pinned until /)],
    });
    expect(await retention.service.apply(environment.id)).toBe(0);
    await registry.dataSource.query(`UPDATE snapshots SET pin_told_at = now() - interval '25 hours' WHERE id = $1`, [
      expired,
    ]);
    await pins().lookAfter(never);
    expect((await pinOf(expired))?.pinnedAt).toBeNull();
    expect(await retention.service.apply(environment.id)).toBe(1);
  });

  it('hold on that are told of and not over', async () => {
    const id = await add(40, { pinnedAt: new Date(), pinExpiresAt: inDays(2), pinToldAt: inDays(-5) });
    await pins().lookAfter(never);
    expect((await pinOf(id))?.pinnedAt).not.toBeNull();
  });
});

describe('the forecast', () => {
  const mebibyte = 1024 * 1024;
  const sizes = { databaseBytes: 100 * mebibyte, filestoreBytes: 0, storedBytes: mebibyte };

  it('tells what will be kept on a day to come, and about how many bytes', async () => {
    const hourly = { cron: '0 * * * *', timeZone: 'UTC', keep: 24 };
    await set({ retentionDays: 0, keepDaily: 14, keepMonthly: 12, schedule: [hourly] });
    await add(1, { ...sizes, storedBytes: 40 * mebibyte });
    for (const days of [0.5, 0.4, 0.3]) await add(days, sizes);
    const inAYear = new Date(Date.now() + 365 * DAY_MS);
    const { forecast, evaluatedAt } = await plan(inAYear);
    expect(evaluatedAt).toBe(inAYear.toISOString());
    expect(forecast?.presentCount).toBeLessThanOrEqual(2);
    expect(forecast?.expectedCount).toBeGreaterThanOrEqual(24 + 12 + 10);
    expect(forecast?.expectedCount).toBeLessThanOrEqual(24 + 14 + 12);
    // All of the oldest, and what each of the others adds.
    expect(forecast?.storedBytes).toBeGreaterThan(40 * mebibyte);
    expect(forecast?.storedBytes).toBeLessThan(40 * mebibyte + 51 * 11 * mebibyte);
  });

  it('expects no more of a schedule that is paused, and none where there is nothing', async () => {
    await set({ schedule: [{ cron: '0 * * * *', timeZone: 'UTC' }], schedulePaused: true });
    const tomorrow = new Date(Date.now() + DAY_MS);
    expect((await plan(tomorrow)).forecast).toMatchObject({ presentCount: 0, expectedCount: 0, storedBytes: null });
  });

  it.each([
    ['a time that is over', -1],
    ['a time that nobody can foresee', 3700],
  ])('refuses %s', async (_, days) => {
    await expect(plan(new Date(Date.now() + days * DAY_MS))).rejects.toMatchObject({ code: 'validation-failed' });
  });
});
