import { describe, expect, it } from 'vitest';
import { BatchedLocator } from './batched-locator.js';
import type { ChunkLocation, ChunkLocator } from '../catalogue.js';

const at = (offset: number): ChunkLocation => {
  return { packId: Buffer.alloc(32), keyId: 'k', offset, storedBytes: 1, plainBytes: 1, encoding: 0 };
};

describe('BatchedLocator', () => {
  it('asks once for what many ask for at a time, for each project, and gives everybody their own', async () => {
    const asked: string[] = [];
    const catalogue: ChunkLocator = {
      async locate(project, ids) {
        asked.push(`${project} ${ids.length}`);
        return ids.map((id) => (id[0] === 0 ? null : at(id[0]!)));
      },
    };
    const locator = new BatchedLocator(catalogue);
    const answers = await Promise.all([
      locator.locate('a', [Buffer.of(1), Buffer.of(0)]),
      locator.locate('b', [Buffer.of(2)]),
      locator.locate('a', [Buffer.of(3)]),
      locator.locate('a', []),
    ]);
    expect(answers).toEqual([[at(1), null], [at(2)], [at(3)], []]);
    expect(asked).toEqual(['a 3', 'b 1']);
    expect(await locator.locate('a', [Buffer.of(4)])).toEqual([at(4)]);
  });

  it('tells everybody when it fails', async () => {
    const failure = new Error('no connection');
    const locator = new BatchedLocator({ locate: () => Promise.reject(failure) });
    const both = [locator.locate('a', [Buffer.of(1)]), locator.locate('a', [Buffer.of(2)])];
    expect(await Promise.allSettled(both)).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
    ]);
  });
});
