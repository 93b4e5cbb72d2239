import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimateFilestore } from '../../../src/engine/filestore/reading/estimate-filestore.js';
import { Scratch } from './filestore-scratch.js';

const PLENTY = { budgetMs: 60_000 };

describe('estimateFilestore', () => {
  let scratch: Scratch;
  let sharded: string;
  const FILES = 6_400;
  const BYTES = 100;

  beforeAll(async () => {
    scratch = await Scratch.create();
    sharded = await scratch.directory('sharded');
    for (let shard = 0; shard < 64; shard += 1) {
      const below = `${sharded}/${shard % 8}/${shard}`;
      await mkdir(below, { recursive: true });
      await Promise.all(Array.from({ length: 100 }, (_, n) => writeFile(`${below}/${n}`, Buffer.alloc(BYTES))));
    }
  });
  afterAll(() => scratch.remove());

  it('is exact when there is time', async () => {
    await scratch.file('small/a/1', '12345');
    await scratch.file('small/2', '123');
    await symlink('/', scratch.path('small/root'));
    await symlink('a', scratch.path('small/again'));
    await scratch.fifo('small/fifo');
    expect(await estimateFilestore(scratch.path('small'), PLENTY)).toEqual({ bytes: 8, files: 2, extrapolated: false });
    expect(await estimateFilestore(sharded, PLENTY)).toEqual({
      bytes: FILES * BYTES,
      files: FILES,
      extrapolated: false,
    });
  });

  it('keeps to its time, says so, and is near the truth with a part of the directories seen', async () => {
    const started = performance.now();
    await estimateFilestore(sharded, PLENTY);
    const whole = performance.now() - started;

    const budgetMs = whole / 4;
    const again = performance.now();
    const estimate = await estimateFilestore(sharded, { budgetMs });
    expect(performance.now() - again).toBeLessThan(budgetMs + 250);
    expect(estimate.extrapolated).toBe(true);
    expect(estimate.files).toBeGreaterThan(FILES / 3);
    expect(estimate.files).toBeLessThan(FILES * 3);
    expect(estimate.bytes / estimate.files).toBeCloseTo(BYTES, 0);
  });

  it('answers at once when it is aborted', async () => {
    const signal = AbortSignal.abort();
    expect(await estimateFilestore(sharded, { ...PLENTY, signal })).toEqual({ bytes: 0, files: 0, extrapolated: true });
  });

  it('says what is wrong with the directory', async () => {
    await expect(estimateFilestore(scratch.path('nothing'), PLENTY)).rejects.toMatchObject({
      code: 'filestore-missing',
    });
    const file = await scratch.file('file');
    await expect(estimateFilestore(file, PLENTY)).rejects.toMatchObject({ code: 'filestore-not-a-directory' });
  });
});
