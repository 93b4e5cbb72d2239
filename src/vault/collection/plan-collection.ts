import type { PackFacts } from '../catalogue/collection-session.js';
import type { ManifestObject, PackObject } from '../catalogue/catalogue-records.js';
import { formatBytes } from './format-bytes.js';

/** A pack is worth rewriting when at least this part of its chunks is dead ... */
export const REWRITE_DEAD_PART = 0.6;
/** ... and rewriting begins when all such packs together give back at least this much (bytes). */
export const REWRITE_DEAD_BYTES = 8 * 1024 * 1024;

export interface CollectionFacts {
  /** Published manifests. */
  manifests: number;
  /** Those that somebody has to decide about: the ones that no manifest names, or of which little is needed. */
  packs: readonly PackFacts[];
  /** How many there are besides: they stay. */
  others: number;
  /** Pack objects the catalogue does not know. */
  unknownPacks: readonly PackObject[];
  /** Manifest objects that are not published and never can be. */
  orphans: readonly ManifestObject[];
}

export interface PackPlan {
  id: Buffer;
  action: 'keep' | 'rewrite' | 'delete';
  /** Of the object. */
  bytes: number;
  liveBytes: number;
  liveChunks: number;
  /** A sentence. */
  reason: string;
}

export interface ManifestPlan {
  objectKey: string;
  action: 'delete';
  reason: string;
}

export interface CollectionPlan {
  packs: PackPlan[];
  manifests: ManifestPlan[];
  /** Packs that stay and were not looked at. */
  others: number;
  /** What the packs to be deleted and to be rewritten give back. */
  reclaimableBytes: number;
}

/**
 * Decides what becomes of each pack and says why. Pure; changes nothing. That a pack is to be deleted means that nothing
 * published needs it at this moment: it is condemned first, and looked at once more before its object goes.
 */
export function planCollection(facts: CollectionFacts): CollectionPlan {
  const candidates = facts.packs.filter(isMostlyDead);
  const candidateBytes = candidates.reduce((sum, pack) => sum + pack.chunkBytes - pack.liveBytes, 0);
  const rewrites = candidateBytes >= REWRITE_DEAD_BYTES;

  const packs = [
    ...facts.packs.map((pack) => decide(pack, facts.manifests, rewrites, candidateBytes)),
    ...facts.unknownPacks.map(unknownPack),
  ];
  const manifests = facts.orphans.map(orphan);
  const reclaimable = packs.filter(({ action }) => action !== 'keep');
  return {
    packs,
    manifests,
    others: facts.others,
    reclaimableBytes: reclaimable.reduce((sum, { bytes, liveBytes }) => sum + Math.max(0, bytes - liveBytes), 0),
  };
}

function decide(pack: PackFacts, manifests: number, rewrites: boolean, candidateBytes: number): PackPlan {
  const { id, bytes, liveBytes, liveChunks } = pack;
  const plan = (action: PackPlan['action'], reason: string): PackPlan => ({
    id,
    action,
    bytes,
    liveBytes,
    liveChunks,
    reason,
  });
  if (pack.state === 'deleting')
    return plan('delete', 'An earlier collection decided to delete it and was ended before.');
  if (pack.state === 'condemned') {
    return plan('delete', 'An earlier collection condemned it; it goes unless a snapshot published since needs it.');
  }
  if (liveChunks === 0 && pack.beingCaptured) {
    return plan('keep', 'The capture that wrote it is still under way.');
  }
  if (liveChunks === 0) {
    return plan('delete', `None of the ${manifests} published snapshots needs it.`);
  }
  const share = `${formatBytes(liveBytes)} of ${formatBytes(pack.chunkBytes)} in it are needed`;
  if (pack.beingCaptured || !isMostlyDead(pack)) return plan('keep', `${share}.`);
  if (rewrites) return plan('rewrite', `Only ${share}; these ${liveChunks} chunks are copied into a new pack.`);
  return plan(
    'keep',
    `Only ${share}, but rewriting such packs would give back ${formatBytes(candidateBytes)}, less than ${formatBytes(REWRITE_DEAD_BYTES)}.`,
  );
}

/** Live packs only: what is condemned already is not copied. */
function isMostlyDead({ state, chunkBytes, liveBytes, liveChunks, beingCaptured }: PackFacts): boolean {
  if (state !== 'live' || liveChunks === 0 || beingCaptured) return false;
  // Measured by the chunks, not by the object: a pack of tiny chunks is mostly index, and would be rewritten for ever.
  return chunkBytes - liveBytes >= chunkBytes * REWRITE_DEAD_PART && liveBytes < chunkBytes;
}

function unknownPack({ id, bytes }: PackObject): PackPlan {
  const reason =
    'The catalogue does not know it: its capture was ended before it had recorded it, or is just about to.';
  return { id, action: 'delete', bytes, liveBytes: 0, liveChunks: 0, reason };
}

function orphan({ objectKey }: ManifestObject): ManifestPlan {
  const reason =
    'It is not published, and its capture is over: it was ended early, replaced, or the snapshot was deleted.';
  return { objectKey, action: 'delete', reason };
}
