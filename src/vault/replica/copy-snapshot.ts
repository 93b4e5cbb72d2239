import { createHash } from 'node:crypto';
import type { Backend } from '../backend/backend.js';
import { ReadOnlyBackend } from '../backend/wrappers/read-only-backend.js';
import type { ManifestRecord, PackObject } from '../catalogue/catalogue-records.js';
import { packKey } from '../format/object-keys.js';
import { ProjectKeys } from '../keys/project-keys.js';
import { mapConcurrently } from '../map-concurrently.js';
import { VaultError } from '../vault-error.js';
import { SnapshotLock } from '../writing/snapshot-lock.js';
import { VaultObjects } from '../vault-objects.js';
import { copyObject, fromVault, SourceGone, type CopyOptions } from './copy-object.js';
import { copyProjectKey } from './copy-project-key.js';
import { ReplicaError } from './replica-error.js';
import type { ReplicaParts } from './replica-parts.js';

/** Packs copied side by side: what is in memory of each are some parts of an upload. */
const PACKS_AT_A_TIME = 3;
/** How often a collection may replace packs of a snapshot while it is copied; then the rest is left to the next try. */
const MOST_ATTEMPTS = 5;

export interface SnapshotCopy {
  /** `gone`: it was taken out of the vault meanwhile. What was copied of it goes with the next look. */
  state: 'copied' | 'gone';
  packs: number;
  bytes: number;
}

/**
 * Copies a published snapshot into the replica: the project's key, the packs it needs that are not there, its manifest last. A pack is
 * named after its bytes, and a manifest is sealed: what is not what it should be is not copied.
 *
 * Why every chunk of its manifest lies in packs of the replica then. `needsOf()` names packs in which all of them lie, at one moment; and
 * packs never change. A collection may replace some by copies meanwhile, and delete them: when one of them is gone, it is asked again, and
 * so until all packs of one answer are there. These are written down as what the snapshot needs before the first of them is copied, so
 * that nobody gives them up, whatever the vault does with its own.
 *
 * Killed at any point: what has arrived is known, pack by pack, and not copied again; a pack that is there and not known is read and
 * compared. Without its manifest nothing of it counts.
 *
 * Rejects with `ReplicaError`, `KeyError`, `CatalogueError`, as the replica's backend does, and with `signal.reason`.
 */
export async function copySnapshot(
  parts: ReplicaParts,
  project: string,
  snapshotId: string,
  options: CopyOptions,
): Promise<SnapshotCopy> {
  const copy: SnapshotCopy = { state: 'copied', packs: 0, bytes: 0 };
  for (let attempt = 1; ; attempt += 1) {
    options.signal.throwIfAborted();
    const needs = await parts.catalogue.needsOf(project, snapshotId);
    if (needs === null) return { ...copy, state: 'gone' };
    if (needs.packs === null) throw needsUnknown(snapshotId);
    if (attempt === 1) await copyProjectKey(parts, project);
    const lock = SnapshotLock.of(parts.replica, project);
    try {
      const missing = await parts.ledger.intend(project, needs.manifest, needs.packs);
      for await (const bytes of copyPacks(parts, project, missing, options)) {
        copy.packs += 1;
        copy.bytes += bytes;
      }
      await lockPacks(lock, parts, needs.packs);
      copy.bytes += await copyManifest(parts, project, needs.manifest, options);
      await lock?.manifest(needs.manifest.objectKey);
    } catch (error) {
      if (!(error instanceof SourceGone)) throw error;
      if (attempt < MOST_ATTEMPTS) continue;
      throw new ReplicaError(
        'replica-source-damaged',
        `Something that snapshot ${snapshotId} needs is not in the vault: ${error.message} Run "snapback-vault check".`,
        { cause: error },
      );
    }
    await parts.ledger.complete(project, snapshotId, lock?.until ?? null);
    return copy;
  }
}

function copyPacks(
  { vault, replica, ledger }: ReplicaParts,
  project: string,
  packs: readonly PackObject[],
  options: CopyOptions,
): AsyncGenerator<number> {
  return mapConcurrently(packs, PACKS_AT_A_TIME, async ({ id, bytes }) => {
    options.signal.throwIfAborted();
    const sha256 = id.toString('hex');
    const copied = await copyObject(vault, replica, { key: packKey(project, sha256), bytes, sha256 }, options);
    await ledger.arrived(project, id);
    return copied;
  });
}

async function lockPacks(
  lock: SnapshotLock | undefined,
  { ledger }: ReplicaParts,
  packs: readonly PackObject[],
): Promise<void> {
  try {
    await lock?.packs(
      ledger,
      packs.map(({ id }) => id),
    );
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new ReplicaError(
      'replica-incomplete',
      'A pack that had arrived in the replica is not there any more. The next look through the replica, within a day, has it copied again.',
      { cause: error },
    );
  }
}

/** It is read to its end first: that it is whole, and its chunks lie in the packs that it is said to need, is known before it is copied. */
async function copyManifest(
  { vault, replica, catalogue, masterKey }: ReplicaParts,
  project: string,
  { snapshotId, objectKey, bytes }: ManifestRecord,
  options: CopyOptions,
): Promise<number> {
  const summed = new SummedBackend(vault);
  const objects = new VaultObjects(summed, catalogue, new ProjectKeys(vault, masterKey));
  try {
    for await (const ids of fromVault(objects.liveChunks(project, objectKey, options.signal))) {
      const lacking = await catalogue.unsecured(project, objectKey, ids);
      if (lacking.length > 0)
        throw new VaultError('chunk-missing', `It needs ${lacking.length} chunks that lie nowhere.`);
    }
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    if (error.code === 'manifest-missing') throw new SourceGone(error.message, { cause: error });
    throw new ReplicaError(
      'replica-source-damaged',
      `Snapshot ${snapshotId} is damaged in the vault, and was not copied: ${error.message} Run "snapback-vault check".`,
      { cause: error },
    );
  }
  return copyObject(vault, replica, { key: objectKey, bytes, sha256: summed.sum() }, options);
}

function needsUnknown(snapshotId: string): ReplicaError {
  return new ReplicaError(
    'replica-needs-unknown',
    `It is not known which packs snapshot ${snapshotId} needs. The next collection of its project finds out, at the latest within a day; "snapback-vault collect" does it now.`,
  );
}

/** Knows the SHA-256 of the one object that was streamed through it. */
class SummedBackend extends ReadOnlyBackend {
  private readonly hash = createHash('sha256');

  constructor(private readonly summed: Backend) {
    super(summed);
  }

  override async *stream(key: string, offset?: number): AsyncGenerator<Buffer> {
    for await (const buffer of this.summed.stream(key, offset)) {
      this.hash.update(buffer);
      yield buffer;
    }
  }

  sum(): string {
    return this.hash.digest('hex');
  }
}
