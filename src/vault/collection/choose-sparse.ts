import type { NamingManifest, SparsePack } from '../catalogue/collection-session.js';
import { REWRITE_DEAD_BYTES, REWRITE_DEAD_PART } from './plan-collection.js';

/** Sparse packs looked at in one collection: rows of the catalogue. */
export const MOST_SPARSE_PACKS = 1_000;
/** Manifests read for that in one collection, in bytes and in number: 100,000 files are some 7 MB, and take a second or two. */
export const MOST_MANIFEST_BYTES = { usual: 64 * 1024 * 1024, thorough: 8 * 1024 * 1024 * 1024 } as const;
export const MOST_MANIFESTS = 1_000;

/** Whether a copy is worth its work: by what is certain not to be less, so no for one that was looked at and found alive. */
function maySuit(pack: SparsePack): boolean {
  return pack.chunkBytes > 0 && possibleGain(pack) >= pack.chunkBytes * REWRITE_DEAD_PART;
}

/**
 * Which of the packs are looked at chunk by chunk. Pure. None when they cannot give back enough together, however little of them is
 * needed, or less than has to be read for it; otherwise those that surely give back most, as long as the manifests that name them are
 * not too much to read. One that too many snapshots name waits until there are fewer.
 */
export function chooseSparse(
  packs: readonly SparsePack[],
  manifests: ReadonlyMap<string, NamingManifest>,
  mostBytes: number,
): SparsePack[] {
  const suitable = packs.filter(maySuit);
  if (gainOf(suitable) < REWRITE_DEAD_BYTES) return [];
  const toRead = new Set<string>();
  let bytes = 0;
  const chosen: SparsePack[] = [];
  for (const pack of suitable) {
    const more = pack.manifests.filter((number) => !toRead.has(number));
    const moreBytes = more.reduce((sum, number) => sum + (manifests.get(number)?.bytes ?? 0), 0);
    if (bytes + moreBytes > mostBytes || toRead.size + more.length > MOST_MANIFESTS) continue;
    bytes += moreBytes;
    for (const number of more) toRead.add(number);
    chosen.push(pack);
  }
  return gainOf(chosen) < Math.max(REWRITE_DEAD_BYTES, bytes) ? [] : chosen;
}

function gainOf(packs: readonly SparsePack[]): number {
  return packs.reduce((sum, pack) => sum + possibleGain(pack), 0);
}

/** Bytes at most. */
function possibleGain({ chunkBytes, leastLiveBytes, knownLiveBytes }: SparsePack): number {
  return chunkBytes - Math.max(leastLiveBytes, knownLiveBytes ?? 0);
}
