import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/caller.js';
import type { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { toRetentionPlanDto } from '../../src/retention/retention.dto.js';
import type { SnapshotEntity } from '../../src/snapshots/snapshot.entity.js';
import { someCaller, startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment, addRollback, addSnapshot, DAY_MS, retentionOn } from './retention-fixture.js';
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

const add = (daysOld: number, changes?: Partial<SnapshotEntity>) =>
  addSnapshot(registry, environment, daysOld, changes);

async function plan(query = {}) {
  const outlook = await retention.service.plan(caller, environment.id, query);
  return toRetentionPlanDto(outlook);
}

async function statuses(): Promise<Record<string, string>> {
  const rows: { id: string; status: string }[] = await registry.dataSource.query(
    'SELECT id, status FROM snapshots WHERE environment_id = $1',
    [environment.id],
  );
  return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
}

describe('the retention plan', () => {
  it('tells of each completed snapshot, newest first, whether it is kept and why', async () => {
    const newest = await add(1);
    const old = await add(40);
    const pinned = await add(50, { pinnedAt: new Date(), label: 'before 17.0' });
    const used = await add(60);
    const rollbackId = await addRollback(registry.dataSource.manager, environment, used);
    for (const status of ['queued', 'running', 'failed', 'cancelled', 'deleting'] as const) await add(70, { status });

    const found = await plan();
    expect(found).toMatchObject({ total: 4, limit: 20, offset: 0, retentionDays: 30, recentDeletions: [] });
    expect(found.items.map(({ snapshotId, decision, reasons }) => [snapshotId, decision, reasons[0]])).toEqual([
      [newest, 'keep', 'the newest completed snapshot'],
      [old, 'due', 'older than 30 days'],
      [pinned, 'keep', "pinned: 'before 17.0'"],
      [used, 'keep', `used by the rollback ${rollbackId}`],
    ]);
  });

  it('decides by what stands on other pages too', async () => {
    await add(1);
    const base = await add(60);
    await add(50, { type: 'differential', baseSnapshotId: base, pinnedAt: new Date() });
    const goingBase = await add(70);
    await add(65, { type: 'differential', baseSnapshotId: goingBase });
    await add(1, { type: 'differential', baseSnapshotId: base, status: 'running' });

    const pages = [];
    for (let offset = 0; offset < 6; offset += 1) pages.push(await plan({ limit: 1, offset }));
    const whole = await plan();
    expect(pages.flatMap(({ items }) => items)).toEqual(whole.items);
    expect(whole.items.find(({ snapshotId }) => snapshotId === base)?.reasons).toEqual([
      'the base of 1 differential being taken',
    ]);
    expect(whole.items.find(({ snapshotId }) => snapshotId === goingBase)?.decision).toBe('due');
  });

  it('changes nothing', async () => {
    await add(40);
    await add(50);
    const before = await statuses();
    await plan();
    expect(await statuses()).toEqual(before);
  });

  it('is not found by another organization', async () => {
    const attempt = retention.service.plan(someCaller(), environment.id, {});
    await expect(attempt).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('applying retention', () => {
  it('deletes exactly what the plan says is due, and says why', async () => {
    await add(1);
    const old = await add(31);
    const older = await add(400);
    await add(29);
    await add(500, { pinnedAt: new Date() });
    const due = (await plan()).items.filter(({ decision }) => decision === 'due').map(({ snapshotId }) => snapshotId);
    expect(due.toSorted()).toEqual([old, older].toSorted());

    expect(await retention.service.apply(environment.id)).toBe(2);
    const gone = Object.entries(await statuses()).filter(([, status]) => status === 'deleting');
    expect(gone.map(([id]) => id).toSorted()).toEqual(due.toSorted());
    expect(retention.queued.toSorted()).toEqual(due.toSorted());
    const { recentDeletions, total } = await plan();
    expect(total).toBe(3);
    expect(recentDeletions).toHaveLength(2);
    expect(recentDeletions).toContainEqual({
      snapshotId: old,
      createdAt: expect.any(String),
      deletedAt: expect.any(String),
      deletedBy: 'retention',
      reason: 'older than 30 days',
    });
  });

  it('keeps an old snapshot that is whole rather than a newer one that is refuted', async () => {
    const finding = { code: 'snapshot-damaged', message: 'A pack is gone.', blocking: true } as const;
    const refuted = await add(31, {
      restorability: 'refuted',
      restorabilityFindings: [{ ...finding, foundBy: 'vault-check', refutes: true }],
    });
    const blocked = await add(32, {
      restorability: 'doubtful',
      restorabilityFindings: [{ ...finding, foundBy: 'capture', refutes: false }],
    });
    const whole = await add(40, { restorability: 'expected' });
    const older = await add(41, { restorability: 'proven' });
    for (const limit of [1, 20]) {
      const pages = [];
      for (let offset = 0; offset < 4; offset += limit) pages.push(...(await plan({ limit, offset })).items);
      expect(pages.map(({ snapshotId, decision }) => [snapshotId, decision])).toEqual([
        [refuted, 'due'],
        [blocked, 'keep'],
        [whole, 'keep'],
        [older, 'due'],
      ]);
    }
    expect(await retention.service.apply(environment.id)).toBe(2);
    const left = Object.entries(await statuses()).filter(([, status]) => status === 'completed');
    expect(left.map(([id]) => id).toSorted()).toEqual([blocked, whole].toSorted());
  });

  it('finds nothing left to do the second time', async () => {
    await add(1);
    await add(40);
    expect(await retention.service.apply(environment.id)).toBe(1);
    expect(await retention.service.apply(environment.id)).toBe(0);
    expect(retention.queued).toHaveLength(1);
  });

  it('goes by the settings of the environment', async () => {
    await add(1);
    await add(40);
    await registry.settings.update(caller, environment.id, { retentionDays: 41 });
    expect(await retention.service.apply(environment.id)).toBe(0);
    expect(await retention.service.apply(environment.id, { now: new Date(Date.now() + 2 * DAY_MS) })).toBe(1);
  });

  it('deletes a base whose time is over although differentials on it are kept: they hold all they need', async () => {
    await add(1);
    const base = await add(90);
    const young = await add(10, { type: 'differential', baseSnapshotId: base });
    expect(await retention.service.apply(environment.id)).toBe(1);
    expect(await statuses()).toMatchObject({ [base]: 'deleting', [young]: 'completed' });
  });

  it('keeps a base as long as a differential on it is being taken', async () => {
    await add(1);
    const base = await add(91);
    await add(0, { type: 'differential', baseSnapshotId: base, status: 'queued' });
    expect(await retention.service.apply(environment.id)).toBe(0);
  });

  it('works through more snapshots than one batch holds, kept ones in between', async () => {
    await add(1);
    await registry.dataSource.query(
      `INSERT INTO snapshots (environment_id, project_id, trigger, status, requested_by, created_at, base_snapshot_id)
       SELECT $1, $2, 'manual', 'completed', 'somebody', now() - interval '60 days' - n * interval '1 minute', NULL
         FROM generate_series(1, 1234) n`,
      [environment.id, environment.projectId],
    );
    // The oldest 700 are pinned: first batches in which nothing is due.
    await registry.dataSource.query(
      `UPDATE snapshots SET pinned_at = now()
        WHERE id IN (SELECT id FROM snapshots WHERE environment_id = $1 ORDER BY created_at LIMIT 700)`,
      [environment.id],
    );
    expect(await retention.service.apply(environment.id)).toBe(534);
    expect((await plan()).total).toBe(701);
  });

  it('spares a snapshot that is pinned just before', async () => {
    await add(1);
    const wanted = await add(40);
    // The settings are there already: making them would wait for the environment as well.
    await plan();
    const pinned = Promise.withResolvers<void>();
    const pinning = registry.dataSource.transaction(async (manager) => {
      await registry.reader.lock(manager, environment.id);
      await pinned.promise;
      await manager.query('UPDATE snapshots SET pinned_at = now() WHERE id = $1', [wanted]);
    });
    await setTimeout(50);
    const applying = retention.service.apply(environment.id);
    await setTimeout(150);
    pinned.resolve();
    await pinning;
    expect(await applying).toBe(0);
  });

  it('spares a snapshot that a rollback into another environment takes up just before', async () => {
    await add(1);
    const wanted = await add(40);
    const body = { name: 'staging', type: 'staging' as const, filestorePath: '/srv/staging' };
    const target = await registry.environments.create(caller, environment.projectId, body, false);
    const written = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const requesting = registry.dataSource.transaction(async (manager) => {
      await addRollback(manager, target, wanted, 'queued');
      written.resolve();
      await commit.promise;
    });
    await written.promise;
    const applying = retention.service.apply(environment.id);
    await setTimeout(150);
    commit.resolve();
    await requesting;
    expect(await applying).toBe(0);
  });

  it('does it once when two processes do it at the same time', async () => {
    await add(1);
    for (const daysOld of [40, 50, 60]) await add(daysOld);
    const removed = await Promise.all([1, 2, 3].map(() => retention.service.apply(environment.id)));
    expect(removed.toSorted()).toEqual([0, 0, 3]);
    expect(retention.queued).toHaveLength(3);
  });
});

describe('retention that would delete more than usual', () => {
  it('stops before anything is deleted when it is more than the share, and goes on when that was confirmed', async () => {
    const { service, queued } = retentionOn(registry, { RETENTION_MAX_SHARE: 0.5 });
    for (const daysOld of [1, 40, 50, 60]) await add(daysOld);
    await expect(service.apply(environment.id)).rejects.toMatchObject({
      due: 3,
      finding: { code: 'retention-stopped', message: expect.stringContaining('3 of 4 snapshots') },
    });
    expect(queued).toEqual([]);
    expect(await service.apply(environment.id, { confirmed: 3 })).toBe(3);
  });

  it('asks again when there is more by then than what was confirmed', async () => {
    const { service } = retentionOn(registry, { RETENTION_MAX_SHARE: 0.5 });
    for (const daysOld of [1, 40, 50, 60]) await add(daysOld);
    await expect(service.apply(environment.id, { confirmed: 2 })).rejects.toMatchObject({ due: 3 });
  });

  it('stops when a clock has jumped: more is due than the run before expected', async () => {
    for (const daysOld of [1, 2, 10, 11, 12, 13, 14]) await add(daysOld);
    expect(await retention.service.apply(environment.id)).toBe(0);
    const inAMonth = { now: new Date(Date.now() + 18.5 * DAY_MS) };
    await expect(retention.service.apply(environment.id, inAMonth)).rejects.toMatchObject({
      finding: { message: expect.stringContaining('expected 0 at most') },
    });
    expect(Object.values(await statuses())).not.toContain('deleting');
  });

  it('goes on day by day as expected, pins that go included', async () => {
    for (const daysOld of [1, 28.5, 28.6, 28.7]) await add(daysOld);
    const pinned = await add(28.8, { pinnedAt: new Date() });
    const at = (days: number) => ({ now: new Date(Date.now() + days * DAY_MS) });
    expect(await retention.service.apply(environment.id, at(1))).toBe(0);
    await registry.dataSource.query('UPDATE snapshots SET pinned_at = NULL WHERE id = $1', [pinned]);
    expect(await retention.service.apply(environment.id, at(2))).toBe(4);
  });

  it('goes by the database, whatever the clock of this process says', async () => {
    await add(1);
    await add(20);
    const real = Date.now;
    Date.now = () => real() + 60 * DAY_MS;
    try {
      expect(await retention.service.apply(environment.id)).toBe(0);
      expect((await plan()).items.filter(({ decision }) => decision === 'due')).toEqual([]);
    } finally {
      Date.now = real;
    }
  });
});
