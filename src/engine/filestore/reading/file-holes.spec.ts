import { open } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataRun } from '../../../vault/manifests/manifest.js';
import { cutLayout, findData, layoutOf, mayHaveHoles, nextData, RunList } from './file-holes.js';
import { type BlockingHoleSeeker, type HoleSeeker, holesOf, holesOfAside } from '../libc.js';

const failing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

/** What a file system says of a file with these runs. */
function seekerOf(runs: readonly DataRun[], size: number): BlockingHoleSeeker {
  const data = (offset: number): number => {
    const run = runs.find((one) => one.offset + one.bytes > offset);
    return run ? Math.max(run.offset, offset) : failing('ENXIO')();
  };
  const hole = (offset: number): number => {
    if (offset >= size) return failing('ENXIO')();
    const run = runs.find((one) => one.offset <= offset && offset < one.offset + one.bytes);
    return run ? run.offset + run.bytes : offset;
  };
  return { data, hole };
}

const aside = ({ data, hole }: BlockingHoleSeeker): HoleSeeker => {
  return { data: async (offset) => data(offset), hole: async (offset) => hole(offset) };
};

async function all(seeker: BlockingHoleSeeker, size: number): Promise<DataRun[]> {
  const found: DataRun[] = [];
  for await (const run of findData(aside(seeker), size)) found.push(run);
  const blocking: DataRun[] = [];
  for (let run = nextData(seeker, 0, size); run; run = nextData(seeker, run.offset + run.bytes, size))
    blocking.push(run);
  expect(blocking).toEqual(found);
  return found;
}

describe('the data of a file', () => {
  it('is what the file system says, up to the size that is asked for', async () => {
    const runs = [
      { offset: 0, bytes: 10 },
      { offset: 30, bytes: 20 },
    ];
    expect(await all(seekerOf(runs, 100), 100)).toEqual(runs);
    expect(await all(seekerOf(runs, 100), 40)).toEqual([runs[0], { offset: 30, bytes: 10 }]);
    expect(await all(seekerOf(runs, 100), 20)).toEqual([runs[0]]);
    expect(await all(seekerOf([], 100), 100)).toEqual([]);
    expect(await all(seekerOf([], 0), 0)).toEqual([]);
  });

  it.each(['EINVAL', 'EOPNOTSUPP', 'ENOSYS'])('is all of it where the file system answers %s', async (code) => {
    const unknowing = { data: failing(code), hole: failing(code) };
    expect(await all(unknowing, 100)).toEqual([{ offset: 0, bytes: 100 }]);
    expect(await layoutOf(aside(unknowing), 100)).toBeUndefined();
  });

  it('is all of it where the kernel really cannot say', async () => {
    const file = await open('/proc/self/status');
    expect(await layoutOf(holesOfAside(file.fd), 100)).toBeUndefined();
    expect(nextData(holesOf(file.fd), 7, 100)).toEqual({ offset: 7, bytes: 93 });
    await file.close();
  });

  it('comes to an end when the file is changed so that its answers make no way', async () => {
    expect(await all({ data: (offset) => offset, hole: (offset) => offset }, 100)).toEqual([{ offset: 0, bytes: 100 }]);
    expect(await all({ data: () => 3, hole: failing('ENXIO') }, 100)).toEqual([{ offset: 3, bytes: 97 }]);
  });

  it('is not guessed when the disk fails', async () => {
    const broken = { data: failing('EIO'), hole: failing('EIO') };
    await expect(layoutOf(aside(broken), 100)).rejects.toMatchObject({ code: 'EIO' });
    expect(() => nextData(broken, 0, 100)).toThrow('EIO');
  });
});

describe('a layout', () => {
  it('is there for a file with holes only', async () => {
    expect(await layoutOf(aside(seekerOf([{ offset: 0, bytes: 100 }], 100)), 100)).toBeUndefined();
    expect(await layoutOf(aside(seekerOf([], 0)), 0)).toBeUndefined();
    expect(await layoutOf(aside(seekerOf([], 100)), 100)).toEqual({ bytes: 100, runs: [] });
    const runs = [{ offset: 50, bytes: 50 }];
    expect(await layoutOf(aside(seekerOf(runs, 100)), 100)).toEqual({ bytes: 100, runs });
  });

  it('has no more runs than it may, and covers all data whatever that is', () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 50 })), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(gaps, (given) => {
        let offset = 0;
        const runs = given.map(([gap, bytes]) => {
          const run = { offset: offset + gap, bytes };
          offset = run.offset + bytes;
          return run;
        });
        const list = new RunList(8);
        for (const run of runs) list.add(run);
        expect(list.list.length).toBeLessThanOrEqual(8);
        const isCovered = ({ offset: from, bytes }: DataRun) =>
          list.list.some((one) => one.offset <= from && from + bytes <= one.offset + one.bytes);
        expect(runs.every(isCovered)).toBe(true);
        const holes = list.list
          .slice(1)
          .map(({ offset }, index) => offset - list.list[index]!.offset - list.list[index]!.bytes);
        expect(holes.every((bytes) => bytes > 0)).toBe(true);
        expect(list.list.length < runs.length).toBe(runs.length > 8);
      }),
    );
  });

  it('is cut where the data has ended early', () => {
    const layout = {
      bytes: 100,
      runs: [
        { offset: 10, bytes: 5 },
        { offset: 50, bytes: 20 },
      ],
    };
    expect(cutLayout(layout, 7)).toEqual({ bytes: 52, runs: [layout.runs[0], { offset: 50, bytes: 2 }] });
    expect(cutLayout(layout, 5)).toEqual({ bytes: 15, runs: [layout.runs[0]] });
    expect(cutLayout(layout, 0)).toEqual({ bytes: 0, runs: [] });
  });
});

it('a file may have holes when it takes less room than it is long', () => {
  expect(mayHaveHoles({ size: 0n, blocks: 0n })).toBe(false);
  expect(mayHaveHoles({ size: 100n, blocks: 8n })).toBe(false);
  expect(mayHaveHoles({ size: 5000n, blocks: 8n })).toBe(true);
});
