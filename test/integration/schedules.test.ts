import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import { Configuration } from '../../src/config/configuration.js';
import type { JobQueue } from '../../src/jobs/job-queue.js';
import { UpkeepRegistry } from '../../src/keeper/upkeep-registry.js';
import { ProgressEventEntity } from '../../src/progress/progress-event.entity.js';
import { ProgressLog } from '../../src/progress/progress-log.js';
import type { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { Schedules } from '../../src/schedules/schedules.js';
import { ScheduleRunEntity } from '../../src/schedules/schedule-run.entity.js';
import { ScheduleUpkeep } from '../../src/schedules/schedule-upkeep.js';
import { SnapshotEntity } from '../../src/snapshots/snapshot.entity.js';
import { SnapshotLifecycle } from '../../src/snapshots/snapshot-lifecycle.js';
import { startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment } from './retention-fixture.js';

let registry: Registry;
let schedules: Schedules;
let caller: Caller;
let environment: EnvironmentEntity;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  const { dataSource, reader, settingsReader, announcements, items } = registry;
  const queue = { enqueue: async () => undefined } as unknown as JobQueue;
  const progress = new ProgressLog(dataSource.getRepository(ProgressEventEntity));
  const lifecycle = new SnapshotLifecycle(dataSource, queue, items, progress, announcements, registry.quotas);
  const configuration = Object.assign(new Configuration(), { SCHEDULE_CATCH_UP_MINUTES: 60 });
  schedules = new Schedules(configuration, dataSource, reader, settingsReader, lifecycle);
});
afterAll(() => registry.close());
beforeEach(async () => {
  ({ caller, environment } = await addEnvironment(registry));
});

const hourly = { cron: '0 * * * *', timeZone: 'Europe/Berlin' };
const nightly = { cron: '0 2 * * *', timeZone: 'Europe/Berlin' };

const look = (at: string) => schedules.lookAfter(environment.id, new Date(at));
const set = (changes: Parameters<Registry['settings']['update']>[2]) =>
  registry.settings.update(caller, environment.id, changes);

const snapshots = () => registry.dataSource.manager.findBy(SnapshotEntity, { environmentId: environment.id });
const ended = () =>
  registry.dataSource.query(
    `UPDATE snapshots SET status = 'completed', restorability = 'expected' WHERE environment_id = $1`,
    [environment.id],
  );

async function runs() {
  const rows = await registry.dataSource.manager.find(ScheduleRunEntity, {
    where: { environmentId: environment.id },
    order: { dueAt: 'ASC', rule: 'ASC' },
  });
  return rows.map(({ dueAt, outcome, runCount, reason }) => [
    dueAt.toISOString().slice(0, 16),
    outcome,
    ...(outcome === 'skipped' ? [runCount, reason?.code] : []),
  ]);
}

describe('the schedule of an environment', () => {
  it('takes a snapshot when its time has come, and says when it looks again', async () => {
    await set({ schedule: [hourly] });
    expect(await look('2026-11-23T09:30:00Z')).toBeGreaterThanOrEqual(1800);
    expect(await snapshots()).toEqual([]);
    expect(await look('2026-11-23T10:00:20Z')).toBeGreaterThanOrEqual(3580);
    expect(await snapshots()).toMatchObject([
      { trigger: 'scheduled', requestedBy: 'schedule', status: 'queued', schedules: [hourly] },
    ]);
    expect(await runs()).toEqual([['2026-11-23T10:00', 'started']]);
  });

  it('takes one, however many processes look at once', async () => {
    await set({ schedule: [hourly] });
    await look('2026-11-23T09:30:00Z');
    await Promise.all(Array.from({ length: 5 }, () => look('2026-11-23T10:00:20Z')));
    expect(await snapshots()).toHaveLength(1);
    expect(await runs()).toHaveLength(1);
  });

  it('takes one for all entries that are due together', async () => {
    await set({ schedule: [{ ...hourly, keep: 24 }, nightly] });
    await look('2026-11-23T00:30:00Z');
    await look('2026-11-23T01:00:05Z');
    expect(await snapshots()).toMatchObject([{ schedules: [hourly, nightly] }]);
    expect(await runs()).toHaveLength(2);
  });

  it('makes up for missed runs once, and writes down the others', async () => {
    await set({ schedule: [hourly] });
    await look('2026-11-23T09:30:00Z');
    await look('2026-11-23T14:20:00Z');
    expect(await snapshots()).toHaveLength(1);
    expect(await runs()).toEqual([
      ['2026-11-23T13:00', 'skipped', 4, 'run-missed'],
      ['2026-11-23T14:00', 'started'],
    ]);
  });

  it('writes down a run that is too long ago, and takes nothing', async () => {
    await set({ schedule: [nightly] });
    await look('2026-11-22T09:30:00Z');
    await look('2026-11-23T14:20:00Z');
    expect(await snapshots()).toEqual([]);
    expect(await runs()).toEqual([['2026-11-23T01:00', 'skipped', 1, 'run-missed']]);
  });

  it('does not begin another one while that of an earlier run is unfinished', async () => {
    await set({ schedule: [hourly] });
    await look('2026-11-23T09:30:00Z');
    await look('2026-11-23T10:00:00Z');
    await look('2026-11-23T11:00:00Z');
    await ended();
    await look('2026-11-23T12:00:00Z');
    expect(await runs()).toEqual([
      ['2026-11-23T10:00', 'started'],
      ['2026-11-23T11:00', 'skipped', 1, 'previous-run-unfinished'],
      ['2026-11-23T12:00', 'started'],
    ]);
  });

  it('waits while a rollback swaps the environment', async () => {
    await set({ schedule: [hourly] });
    await look('2026-11-23T09:30:00Z');
    await registry.dataSource.query('UPDATE environments SET cutover_by = gen_random_uuid() WHERE id = $1', [
      environment.id,
    ]);
    expect(await look('2026-11-23T10:00:00Z')).toBeLessThan(60);
    expect(await runs()).toEqual([]);
    await registry.dataSource.query('UPDATE environments SET cutover_by = NULL WHERE id = $1', [environment.id]);
    await look('2026-11-23T10:00:30Z');
    expect(await runs()).toEqual([['2026-11-23T10:00', 'started']]);
  });

  it('does not make up for what was due while it was paused', async () => {
    await set({ schedule: [hourly], schedulePaused: true });
    await look('2026-11-23T09:30:00Z');
    await look('2026-11-23T11:30:00Z');
    await set({ schedulePaused: false });
    await look('2026-11-23T12:10:00Z');
    await look('2026-11-23T13:00:10Z');
    expect(await runs()).toEqual([
      ['2026-11-23T11:00', 'skipped', 2, 'schedule-paused'],
      ['2026-11-23T12:00', 'skipped', 1, 'schedule-paused'],
      ['2026-11-23T13:00', 'started'],
    ]);
  });

  it('does nothing again when the clock of the database is set back', async () => {
    await set({ schedule: [hourly] });
    await look('2026-11-23T09:30:00Z');
    await look('2026-11-23T12:00:10Z');
    await ended();
    await look('2026-11-23T10:30:00Z');
    await look('2026-11-23T12:00:20Z');
    expect(await snapshots()).toHaveLength(1);
  });

  it('is that of its project where it says nothing itself', async () => {
    const rules = [{ environmentType: 'production', schedule: [nightly] }];
    await registry.dataSource.query('UPDATE projects SET snapshot_defaults = $2 WHERE id = $1', [
      environment.projectId,
      JSON.stringify(rules),
    ]);
    await look('2026-11-22T12:30:00Z');
    await look('2026-11-23T01:00:10Z');
    expect(await snapshots()).toMatchObject([{ schedules: [nightly] }]);
    await set({ schedule: [] });
    expect(await look('2026-11-24T01:00:10Z')).toBeNull();
    expect(await snapshots()).toHaveLength(1);
  });
});

describe('who looks after schedules', () => {
  it('finds environments that have one, or whose project has, and no others', async () => {
    const upkeep = new ScheduleUpkeep(new UpkeepRegistry(), registry.items, registry.announcements, schedules);
    const found = async () => (await upkeep.find(registry.dataSource.manager)).map(({ subject }) => subject);
    expect(await found()).not.toContain(environment.id);
    await registry.dataSource.query(`UPDATE projects SET snapshot_defaults = '[{"keepDaily": 3}]' WHERE id = $1`, [
      environment.projectId,
    ]);
    expect(await found()).not.toContain(environment.id);
    await set({ schedule: [hourly] });
    expect(await found()).toContain(environment.id);
    await registry.items.putAlone('schedule', { subject: environment.id, environmentId: environment.id });
    expect(await found()).not.toContain(environment.id);
  });

  it('forgets an environment that is gone', async () => {
    const upkeep = new ScheduleUpkeep(new UpkeepRegistry(), registry.items, registry.announcements, schedules);
    const item = { subject: '00000000-0000-4000-8000-000000000000' } as Parameters<ScheduleUpkeep['tend']>[0];
    expect(await upkeep.tend(item)).toBeUndefined();
  });
});
