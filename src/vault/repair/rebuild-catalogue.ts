import type { Rebuild } from '../catalogue/catalogue.js';
import type { ManifestRecord } from '../catalogue/catalogue-records.js';
import { examinePacks } from '../check/check-packs.js';
import type { VaultParts } from '../check/check-parts.js';
import type { DataKey } from '../keys/data-key.js';
import { ProjectKeys } from '../keys/project-keys.js';
import { chooseManifest } from './choose-manifest.js';
import { manifestsBySnapshot, readCandidate } from './manifest-candidates.js';
import { restorePacks, type RestoredPacks } from './restore-packs.js';
import { salvage } from './salvage.js';

export interface RebuildOptions {
  signal: AbortSignal;
  /** Whether a snapshot exists for those who own the vault. Without it, every one that is whole does. */
  wanted?: (snapshotId: string) => boolean | Promise<boolean>;
}

export interface RebuildReport extends RestoredPacks {
  project: string;
  /** Chunks saved from packs whose index cannot be read, before the rows were forgotten that say where they are. */
  saved: number;
  snapshots: RestoredSnapshot[];
}

export interface RestoredSnapshot {
  snapshotId: string;
  /**
   * `published`: as it was, or the only thing it can be. `damaged`: published as it is, so that it is not forgotten and nothing it
   * may need is collected. `left`: not published; its objects are left to a collection.
   */
  state: 'published' | 'damaged' | 'left';
  /** The object that counts. */
  objectKey: string;
  /** Manifest objects that were found for it. */
  attempts: number;
}

/**
 * Makes a project's catalogue anew from its packs' indexes and its manifests. Captures of the project under way are ended, and
 * until it has ended nothing of the project can be captured, collected or read; run again it begins anew.
 *
 * Every object decides for itself: a pack whose index opens is entered; of a snapshot's manifests one is published by
 * the rule of `chooseManifest()`. A snapshot that was being captured and never published is published by this when its
 * manifest is whole; those who own the vault say what exists (`wanted`), or delete it. A snapshot that was published
 * and of which nothing whole is left stays published, as damaged; so does one of which only a damaged manifest is left when
 * the catalogue knew no snapshot at all.
 *
 * Nothing is deleted. Rejects with `KeyError`, `CatalogueError('collection-running' | 'rebuilding')`, and as the stores do.
 */
export async function rebuildCatalogue(
  parts: VaultParts,
  project: string,
  options: RebuildOptions,
): Promise<RebuildReport> {
  const { catalogue, backend } = parts;
  const dataKey = await new ProjectKeys(backend, parts.masterKey).of(project);
  const saved = await saveUnindexed(parts, project, dataKey, options.signal);
  const before = new Map<string, ManifestRecord>();
  for await (const record of catalogue.manifestsOf(project)) before.set(record.snapshotId, record);

  const rebuild = await catalogue.beginRebuild(project);
  const packs = await restorePacks(parts, rebuild, dataKey, options.signal);
  const snapshots = await restoreManifests(parts, rebuild, dataKey, before, options);
  await catalogue.endRebuild(rebuild);
  return { project, ...packs, saved, snapshots };
}

/** The catalogue alone still knows what is in a pack without an index. */
async function saveUnindexed(
  parts: VaultParts,
  project: string,
  dataKey: DataKey,
  signal: AbortSignal,
): Promise<number> {
  if (await parts.catalogue.isBeingRebuilt(project)) return 0;
  const diagnoses = [];
  for await (const { diagnosis } of examinePacks(parts, project, dataKey, { reads: () => false, signal })) {
    if (diagnosis !== undefined && !diagnosis.indexed && diagnosis.unreadable !== 'all') diagnoses.push(diagnosis);
  }
  return diagnoses.length === 0 ? 0 : (await salvage(parts, project, diagnoses, signal)).copied;
}

async function restoreManifests(
  parts: VaultParts,
  rebuild: Rebuild,
  dataKey: DataKey,
  before: Map<string, ManifestRecord>,
  { signal, wanted = () => true }: RebuildOptions,
): Promise<RestoredSnapshot[]> {
  const { project } = rebuild;
  const knewNone = before.size === 0;
  const restored: RestoredSnapshot[] = [];
  for await (const { snapshotId, objects } of manifestsBySnapshot(parts, project)) {
    const candidates = [];
    for (const object of objects) {
      signal.throwIfAborted();
      candidates.push(await readCandidate(parts, project, dataKey, snapshotId, object));
    }
    const chosen = chooseManifest(candidates, before.get(snapshotId)?.objectKey)!;
    const exists = chosen.whole || before.has(snapshotId) || knewNone;
    const state = !exists || !(await wanted(snapshotId)) ? 'left' : chosen.whole ? 'published' : 'damaged';
    if (state !== 'left') await parts.catalogue.restoreManifest(rebuild, snapshotId, chosen, chosen.uses);
    else if (before.has(snapshotId)) await parts.catalogue.unpublish(project, snapshotId, rebuild);
    restored.push({ snapshotId, state, objectKey: chosen.objectKey, attempts: candidates.length });
    before.delete(snapshotId);
  }
  // What is left was published and has no object any more.
  for (const record of before.values()) {
    const { snapshotId, objectKey } = record;
    if (await wanted(snapshotId)) await parts.catalogue.restoreManifest(rebuild, snapshotId, record);
    else {
      await parts.catalogue.unpublish(project, snapshotId, rebuild);
      continue;
    }
    restored.push({ snapshotId, state: 'damaged', objectKey, attempts: 0 });
  }
  return restored;
}
