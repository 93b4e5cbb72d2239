import { describe, expect, it } from 'vitest';
import type { PackFacts } from '../catalogue/collection-session.js';
import { describePlan } from './describe-plan.js';
import { planCollection, REWRITE_DEAD_BYTES } from './plan-collection.js';

const MIB = 1024 * 1024;

function pack(facts: Partial<PackFacts>): PackFacts {
  const chunkBytes = facts.chunkBytes ?? 20 * MIB;
  return {
    id: Buffer.alloc(32, 7),
    bytes: chunkBytes + 1_000,
    chunkBytes,
    liveBytes: chunkBytes,
    liveChunks: facts.liveBytes === 0 ? 0 : 5,
    state: 'live',
    beingCaptured: false,
    ...facts,
  };
}

const plan = (...packs: PackFacts[]) =>
  planCollection({ manifests: 3, packs, others: 0, unknownPacks: [], orphans: [] });
const actions = (...packs: PackFacts[]) => plan(...packs).packs.map(({ action }) => action);

describe('planCollection', () => {
  it('keeps what is live and deletes what is not', () => {
    expect(actions(pack({}), pack({ liveBytes: 0 }))).toEqual(['keep', 'delete']);
  });

  it('keeps what a capture under way has written, needed or not', () => {
    const beingCaptured = true;
    expect(actions(pack({ beingCaptured, liveBytes: 0 }), pack({ beingCaptured, liveBytes: 1 }))).toEqual([
      'keep',
      'keep',
    ]);
  });

  it('rewrites from 60 percent dead on', () => {
    expect(actions(pack({ liveBytes: 8 * MIB }))).toEqual(['rewrite']);
    expect(actions(pack({ liveBytes: 8 * MIB + 1 }))).toEqual(['keep']);
  });

  it('rewrites small packs when together they give back enough', () => {
    const small = pack({ chunkBytes: 4 * MIB, liveBytes: MIB });
    expect(actions(small, small)).toEqual(['keep', 'keep']);
    expect(actions(small, small, small)).toEqual(['rewrite', 'rewrite', 'rewrite']);
    expect(3 * 3 * MIB).toBeGreaterThan(REWRITE_DEAD_BYTES);
  });

  it('does not take the index of a pack of tiny chunks for dead', () => {
    expect(actions(pack({ bytes: 100 * MIB, chunkBytes: 20 * MIB }))).toEqual(['keep']);
  });

  it('rewrites nothing that holds only empty chunks', () => {
    expect(actions(pack({ chunkBytes: 0, liveBytes: 0, liveChunks: 1 }), pack({ liveBytes: 1 }))).toEqual([
      'keep',
      'rewrite',
    ]);
  });

  it('goes on with what an earlier collection left', () => {
    expect(actions(pack({ state: 'condemned', liveBytes: 0 }), pack({ state: 'deleting', liveBytes: 0 }))).toEqual([
      'delete',
      'delete',
    ]);
  });

  it('says what comes free, and why, in a sentence for each', () => {
    const made = planCollection({
      manifests: 3,
      others: 4,
      packs: [pack({}), pack({ liveBytes: 2 * MIB }), pack({ liveBytes: 0 })],
      unknownPacks: [{ id: Buffer.alloc(32, 1), bytes: 5 * MIB }],
      orphans: [{ objectKey: 'manifests/s.c', snapshotId: 's', captureId: 'c' }],
    });
    expect(made.reclaimableBytes).toBe(18 * MIB + 20 * MIB + 5 * MIB + 2_000);
    for (const { reason } of [...made.packs, ...made.manifests]) expect(reason).toMatch(/^[A-Z0-9].*\.$/);
    expect([...describePlan(made)].at(-1)).toBe('5 packs stay, 1 are rewritten, 2 are deleted; 43.0 MiB come free.');
  });
});
