import type { PackUse } from '../catalogue/catalogue-records.js';

/** A manifest object of a snapshot, as a rebuild finds it. */
export interface ManifestCandidate {
  objectKey: string;
  bytes: number;
  modifiedAt: Date;
  /** Whether it can be read to its footer and is this snapshot's. */
  whole: boolean;
  /** Whether every chunk it names was found. */
  complete: boolean;
  /** As its header says; absent when that cannot be read. */
  createdAt?: Date;
  /** What it needs of each pack; absent when it is not whole or not complete. */
  uses?: Iterable<PackUse>;
}

/**
 * Which of several attempts at a snapshot counts. Pure. In this order:
 *
 *   1. a whole one rather than a damaged one: nothing can be restored from the other;
 *   2. the one that the catalogue says is published: that is the snapshot people have seen;
 *   3. one whose chunks are all there;
 *   4. the latest by the time in its header, then by the store's clock, then by key: a later publication replaces an earlier one.
 *
 * Any whole one is safe to restore: each is one cut of the environment, made for this snapshot.
 */
export function chooseManifest(
  candidates: readonly ManifestCandidate[],
  publishedKey: string | undefined,
): ManifestCandidate | undefined {
  const rank = (one: ManifestCandidate): (number | string)[] => [
    Number(one.whole),
    Number(one.objectKey === publishedKey),
    Number(one.complete),
    one.createdAt?.getTime() ?? 0,
    one.modifiedAt.getTime(),
    one.objectKey,
  ];
  return candidates.toSorted((a, b) => compare(rank(b), rank(a)))[0];
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index]!;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
