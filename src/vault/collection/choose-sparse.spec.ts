import { describe, expect, it } from 'vitest';
import type { NamingManifest, SparsePack } from '../catalogue/collection-session.js';
import { chooseSparse, MOST_MANIFEST_BYTES } from './choose-sparse.js';

const MIB = 1024 * 1024;

function pack(facts: Partial<SparsePack> = {}): SparsePack {
  return {
    id: Buffer.alloc(32, 7),
    bytes: 20 * MIB,
    chunkBytes: 20 * MIB,
    leastLiveBytes: MIB,
    mostLiveBytes: 2 * MIB,
    knownLiveBytes: null,
    manifests: ['1', '2'],
    ...facts,
  };
}

/** Manifests of so many bytes each, by their numbers. */
const sizes = (bytes: number, ...numbers: string[]): Map<string, NamingManifest> =>
  new Map(numbers.map((number) => [number, { number, objectKey: `m${number}`, bytes }]));

const choose = (packs: SparsePack[], manifests = sizes(MIB, '1', '2', '3'), most: number = MOST_MANIFEST_BYTES.usual) =>
  chooseSparse(packs, manifests, most);

describe('chooseSparse', () => {
  it('chooses packs of which little can be needed', () => {
    const packs = [pack(), pack()];
    expect(choose(packs)).toEqual(packs);
  });

  it('leaves alone what one manifest needs too much of, and what was found alive', () => {
    const sparse = pack();
    expect(choose([pack({ leastLiveBytes: 9 * MIB }), sparse, pack({ knownLiveBytes: 9 * MIB })])).toEqual([sparse]);
    expect(choose([pack({ chunkBytes: 0, leastLiveBytes: 0 })])).toEqual([]);
  });

  it('reads nothing for little', () => {
    const small = pack({ chunkBytes: 4 * MIB });
    expect(choose([small, small])).toEqual([]);
    expect(choose([small, small, small])).toHaveLength(3);
    expect(choose([pack({ chunkBytes: 4 * MIB, knownLiveBytes: MIB }), small])).toEqual([]);
  });

  it('reads no more than what may come free', () => {
    expect(choose([pack()], sizes(10 * MIB, '1', '2'))).toEqual([]);
    expect(choose([pack(), pack()], sizes(10 * MIB, '1', '2'))).toHaveLength(2);
  });

  it('reads so much in a usual collection, and more in a thorough one', () => {
    const few = pack({ manifests: ['1'] });
    const many = Array.from({ length: 9 }, () => pack({ manifests: ['2', '3'] }));
    const manifests = sizes(40 * MIB, '1', '2', '3');
    expect(choose([few, few, few, ...many], manifests)).toEqual([few, few, few]);
    expect(choose([few, ...many], manifests, MOST_MANIFEST_BYTES.thorough)).toHaveLength(10);
  });
});
