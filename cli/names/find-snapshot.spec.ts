import { describe, expect, it } from 'vitest';
import { Pages, SnapbackError } from '../../sdk/typescript/index.js';
import type { Environment, Snapshot } from '../../sdk/typescript/index.js';
import { EXIT } from '../outcome/exit-codes.js';
import { findSnapshot, newestProven } from './find-snapshot.js';
import type { SnapshotsOf } from './find-snapshot.js';

const environment = { id: 'e', name: 'production' } as Environment;

/** Newest first, one a day; ids begin with their letter. */
const KEPT = [
  snapshot('a', 9, { status: 'running', startedAt: null, label: 'under way' }),
  snapshot('b', 8, { trigger: 'safety', restorability: 'proven', label: 'nightly' }),
  snapshot('c', 7, { restorability: 'refuted' }),
  snapshot('d', 6, { label: 'nightly' }),
  // Asked for in the night, and begun at noon.
  snapshot('e', 5, { restorability: 'proven', startedAt: day(5, 12), label: 'before 17.0' }),
  snapshot('f', 4, { status: 'failed', label: 'dddd' }),
  snapshot('d', 3, { restorability: 'proven', id: 'dddd0000-0000-4000-8000-000000000003' }),
];

function day(of: number, hour = 0): string {
  return `2026-11-${String(of).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00.000Z`;
}

function snapshot(
  letter: string,
  createdOn: number,
  { restorability, ...given }: Omit<Partial<Snapshot>, 'restorability'> & { restorability?: string } = {},
): Snapshot {
  return {
    id: `${letter.repeat(8)}-0000-4000-8000-00000000000${createdOn}`,
    status: 'completed',
    trigger: 'manual',
    label: null,
    createdAt: day(createdOn),
    startedAt: day(createdOn),
    restorability: { state: restorability ?? 'expected' },
    ...given,
  } as Snapshot;
}

/** A list as the service has it, two on a page. */
function listOf(kept: readonly Snapshot[]): SnapshotsOf & { asked: number } {
  const list = {
    asked: 0,
    list: (_: string, { status, restorability }: { status?: string; restorability?: string } = {}) => {
      const items = kept
        .filter((each) => status === undefined || each.status === status)
        .filter((each) => restorability === undefined || each.restorability?.state === restorability);
      return new Pages(({ cursor = '0' }) => {
        list.asked += 1;
        const next = Number(cursor) + 2;
        return Promise.resolve({
          ...{ items: items.slice(Number(cursor), next), total: items.length, totalIsLowerBound: false },
          ...{ limit: 2, offset: Number(cursor), nextCursor: next < items.length ? String(next) : null },
        });
      });
    },
    view: (_: string, id: string) => {
      const found = kept.find((each) => each.id === id);
      return found === undefined
        ? Promise.reject(new SnapbackError('There is no such snapshot.', { status: 404 }))
        : Promise.resolve(found);
    },
  };
  return list as unknown as SnapshotsOf & { asked: number };
}

const find = async (asked: string, kept: readonly Snapshot[] = KEPT) => {
  const { createdAt } = await findSnapshot(listOf(kept), environment, asked);
  return Number(createdAt.slice(8, 10));
};

describe('a snapshot', () => {
  it.each([
    ['its id', KEPT[4]!.id, 5],
    ['the beginning of its id', 'eeee', 5],
    ['that in capitals', 'EEEEEEEE', 5],
    ['its label', 'before 17.0', 5],
    ['"latest": the newest completed one that nobody took by itself', 'latest', 7],
    ['a time: the newest that was begun by then, and is not refuted', '@2026-11-07T12:00Z', 6],
    ['a time: the very one', '@2026-11-05T12:00Z', 5],
    ['a time: one that was begun later is not it', '@2026-11-05T11:59Z', 3],
  ])('is found by %s', async (_, asked, createdOn) => {
    expect(await find(asked)).toBe(createdOn);
  });

  it.each([
    ['a label that two have', 'nightly'],
    ['the beginning of two ids', 'dddd0000'.slice(0, 4)],
  ])('is none of several that are named by %s', async (_, asked) => {
    await expect(find(asked)).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/is the name of several: .*; .* Say which one by its id/),
    });
  });

  it.each([
    ['a label that nobody has', 'nothing', 'there is under way, nightly, before 17.0, dddd.'],
    ['too short a beginning', 'eee', 'There is no snapshot of production "eee"'],
    ['a time before all of them', '@2026-11-02', 'has no usable snapshot that was taken by 2026-11-02T'],
  ])('is not found by %s', async (_, asked, said) => {
    await expect(find(asked)).rejects.toMatchObject({
      exitCode: EXIT.notFound,
      message: expect.stringContaining(said),
    });
  });

  it('is not looked for at a time that is none', async () => {
    await expect(find('@2026-02-30')).rejects.toMatchObject({ exitCode: EXIT.usage });
  });

  it('says how to take one where there is none', async () => {
    await expect(find('latest', [])).rejects.toMatchObject({
      exitCode: EXIT.notFound,
      message: expect.stringContaining('snapback snapshot create'),
    });
  });

  it('is looked for among the newest two thousand only, and says so', async () => {
    const kept = Array.from({ length: 2_100 }, () => snapshot('a', 1));
    const list = listOf(kept);
    await expect(findSnapshot(list, environment, 'bbbb')).rejects.toThrow(/among the newest 2000 "bbbb"/);
    expect(list.asked).toBe(1_000);
  });
});

describe('the snapshot of a rollback that names none', () => {
  it('is the newest proven one, but not of a state that was swapped out', async () => {
    expect((await newestProven(listOf(KEPT), environment)).createdAt).toBe(day(5));
  });

  it('is none where none is proven, and what to do is said', async () => {
    await expect(newestProven(listOf(KEPT.slice(5, 6)), environment)).rejects.toMatchObject({
      exitCode: EXIT.refused,
      message: expect.stringMatching(/No snapshot of production is proven.*snapback snapshot verify latest --wait/),
    });
  });
});
