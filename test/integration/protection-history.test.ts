import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProtectionDay } from '../../src/contract/generated/types.gen.js';
import { ProtectionHistory } from '../../src/protection/protection-history.js';
import { SnapshotDeletionEntity } from '../../src/snapshots/deletion/snapshot-deletion.entity.js';
import type { SnapshotEntity } from '../../src/snapshots/snapshot.entity.js';
import { startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment, addSnapshot, retentionOn } from './retention-fixture.js';

let registry: Registry;
let history: ProtectionHistory;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  history = new ProtectionHistory(registry.dataSource);
});
afterAll(() => registry.close());

/** What there is, or was, of one snapshot; and what it makes of a day by itself. */
const KINDS = {
  proven: { snapshot: { restorability: 'proven' }, state: 'proven' },
  expected: { snapshot: { restorability: 'expected' }, state: 'taken' },
  doubtful: { snapshot: { restorability: 'doubtful' }, state: 'taken' },
  ofBefore: { snapshot: {}, state: 'taken' },
  refuted: { snapshot: { restorability: 'refuted' }, state: 'failed' },
  failed: { snapshot: { status: 'failed' }, state: 'failed' },
  cancelled: { snapshot: { status: 'cancelled' }, state: 'nothing' },
  queued: { snapshot: { status: 'queued' }, state: 'nothing' },
  deleting: { snapshot: { status: 'deleting', restorability: 'expected' }, deleted: 'completed', state: 'taken' },
  deleted: { deleted: 'completed', state: 'taken' },
  deletedLongAgo: { deleted: null, state: 'taken' },
  deletedFailed: { deleted: 'failed', state: 'failed' },
  deletedRefuted: { deleted: 'completed', refuted: true, state: 'failed' },
  deletedCancelled: { deleted: 'cancelled', state: 'nothing' },
  unchanged: { unchanged: true, state: 'taken' },
  missed: { missed: true, state: 'nothing' },
} as const satisfies Record<string, Kind>;

interface Kind {
  snapshot?: Partial<SnapshotEntity>;
  deleted?: SnapshotEntity['status'] | null;
  refuted?: boolean;
  unchanged?: boolean;
  missed?: boolean;
  state: ProtectionDay['state'];
}

type Place = Awaited<ReturnType<typeof addEnvironment>>['environment'];

async function add(environment: Place, { snapshot, deleted, ...kind }: Kind, createdAt: Date): Promise<void> {
  if (snapshot) await addSnapshot(registry, environment, 0, { ...snapshot, createdAt });
  if (deleted !== undefined)
    await registry.dataSource.manager.insert(SnapshotDeletionEntity, {
      ...{ snapshotId: randomUUID(), environmentId: environment.id, createdAt, deletedBy: 'somebody', reason: 'old' },
      ...{ status: deleted, restorability: kind.refuted === true ? 'refuted' : null },
    });
  if (kind.unchanged !== true && kind.missed !== true) return;
  const reason = { code: kind.unchanged === true ? 'unchanged' : 'run-missed', message: 'So it was.' };
  await registry.dataSource.query(
    `INSERT INTO schedule_runs (environment_id, rule, cron, time_zone, due_at, created_at, outcome, reason)
     VALUES ($1, $2, '0 * * * *', 'UTC', $3, $3, 'skipped', $4)`,
    [environment.id, randomUUID(), createdAt, reason],
  );
}

async function statesOf(environment: Place, timeZone: string, days: number, at: Date) {
  const found = await history.of([{ id: environment.id, timeZone }], days, at);
  return found.get(environment.id)!.map(({ date, state }) => `${date} ${state}`);
}

describe('the history of an environment', () => {
  it.each(Object.entries<Kind>(KINDS))('a day with one snapshot that is %s', async (_, kind) => {
    const { environment } = await addEnvironment(registry);
    await add(environment, kind, new Date('2026-11-22T10:00:00Z'));
    expect(await statesOf(environment, 'UTC', 3, new Date('2026-11-23T09:00:00Z'))).toEqual([
      '2026-11-21 nothing',
      `2026-11-22 ${kind.state}`,
      '2026-11-23 nothing',
    ]);
  });

  it('tells days apart by the clocks of the environment, also on the day they are set', async () => {
    const { environment } = await addEnvironment(registry);
    // The 27th had 23 hours in Auckland: from 12:00 UTC on the 26th until 11:00 on the 27th.
    await add(environment, KINDS.failed, new Date('2026-09-26T11:59:59.999Z'));
    await add(environment, KINDS.proven, new Date('2026-09-26T12:00:00Z'));
    await add(environment, KINDS.expected, new Date('2026-09-27T11:00:00Z'));
    const at = new Date('2026-09-28T11:30:00Z');
    expect(await statesOf(environment, 'Pacific/Auckland', 4, at)).toEqual([
      '2026-09-26 failed',
      '2026-09-27 proven',
      '2026-09-28 taken',
      '2026-09-29 nothing',
    ]);
    expect(await statesOf(environment, 'UTC', 4, at)).toEqual([
      '2026-09-25 nothing',
      '2026-09-26 proven',
      '2026-09-27 taken',
      '2026-09-28 nothing',
    ]);
  });

  it('is, for each day, the best of all that there was', async () => {
    const ranks = ['nothing', 'failed', 'taken', 'proven'];
    const at = new Date('2026-11-01T10:00:00Z');
    const zones = ['Pacific/Auckland', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'UTC'];
    const asked = await Promise.all(
      zones.map(async (timeZone) => ({ timeZone, environment: (await addEnvironment(registry)).environment })),
    );
    const expected = new Map<string, string>();
    for (const { timeZone, environment } of asked) {
      // Another calendar than the service's.
      const calendar = new Intl.DateTimeFormat('en-CA', { timeZone });
      for (let n = 0; n < 60; n += 1) {
        const kinds = Object.values<Kind>(KINDS);
        const kind = kinds[randomInt(kinds.length)]!;
        const createdAt = new Date(at.getTime() - randomInt(92 * 86_400_000));
        await add(environment, kind, createdAt);
        const day = `${environment.id} ${calendar.format(createdAt)}`;
        const before = expected.get(day) ?? 'nothing';
        expected.set(day, ranks.indexOf(kind.state) > ranks.indexOf(before) ? kind.state : before);
      }
    }
    const found = await history.of(
      asked.map(({ environment: { id }, timeZone }) => ({ id, timeZone })),
      92,
      at,
    );
    for (const {
      environment: { id },
      timeZone,
    } of asked) {
      const days = found.get(id)!;
      expect(days).toHaveLength(92);
      expect(days.at(-1)!.date).toBe(new Intl.DateTimeFormat('en-CA', { timeZone }).format(at));
      const wrong = days.filter(({ date, state }) => state !== (expected.get(`${id} ${date}`) ?? 'nothing'));
      expect({ timeZone, wrong }).toEqual({ timeZone, wrong: [] });
    }
  });

  it('does not forget what retention has deleted since, nor what a person has', async () => {
    const { caller, environment } = await addEnvironment(registry);
    const { service } = retentionOn(registry);
    await registry.settings.update(caller, environment.id, { retentionDays: 1 });
    for (const daysOld of [0, 2, 3]) await addSnapshot(registry, environment, daysOld, { restorability: 'proven' });
    const states = async () =>
      (await history.of([{ id: environment.id, timeZone: 'UTC' }], 5)).get(environment.id)!.map(({ state }) => state);
    expect(await states()).toEqual(['nothing', 'proven', 'proven', 'nothing', 'proven']);
    expect(await service.apply(environment.id)).toBe(2);
    expect(await states()).toEqual(['nothing', 'taken', 'taken', 'nothing', 'proven']);
    // Their rows go when the vault has nothing of them any more.
    await registry.dataSource.query(`DELETE FROM snapshots WHERE status = 'deleting'`);
    expect(await states()).toEqual(['nothing', 'taken', 'taken', 'nothing', 'proven']);
  });
});
