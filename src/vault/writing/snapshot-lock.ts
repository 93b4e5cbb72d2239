import type { Backend, ObjectLocks } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import type { KnownLocks } from '../catalogue/catalogue.js';
import { FORMAT_KEY, packKey, projectKeyFile } from '../format/object-keys.js';
import { mapConcurrently } from '../map-concurrently.js';
import { VaultError } from '../vault-error.js';

const DAY_MS = 24 * 60 * 60_000;
/** Packs are locked for so much longer than a snapshot needs: then the next ones of that day find them locked, and ask for nothing. */
const AHEAD_MS = DAY_MS;
/** Packs that one statement finds. */
const BATCH = 1000;
/** Locks asked for side by side. */
const AT_A_TIME = 16;

/**
 * Locks what a snapshot needs, at the end of its capture: its packs before its manifest is stored, so that whoever finds that finds them
 * locked; then the manifest, the project's key and the vault's format, before it counts as published. Nothing is locked before it is
 * known that it is needed: what a capture that was killed has left goes as it always did, but for what it was about to publish.
 */
export class SnapshotLock {
  private constructor(
    private readonly locks: ObjectLocks,
    private readonly project: string,
    readonly until: Date,
  ) {}

  /** Undefined where the store does not lock. */
  static of({ locks }: Pick<Backend, 'locks'>, project: string, now = new Date()): SnapshotLock | undefined {
    if (locks === null) return undefined;
    const seconds = Math.ceil((now.getTime() + locks.days * DAY_MS) / 1000);
    return new SnapshotLock(locks, project, new Date(seconds * 1000));
  }

  /** Rejects with `VaultError('chunk-missing')` for a pack that is not there, and as the stores do. */
  async packs(known: KnownLocks, packIds: Iterable<Buffer>): Promise<void> {
    const until = new Date(this.until.getTime() + AHEAD_MS);
    for (const batch of batchesOf(packIds)) {
      const due = await known.packsToLock(this.project, batch, this.until);
      const lock = (id: Buffer) => this.lockPack(id.toString('hex'), until);
      for await (const _ of mapConcurrently(due, AT_A_TIME, lock)) continue;
      if (due.length > 0) await known.noteLocked(this.project, due, until);
    }
  }

  /** Rejects as the backend does. */
  async manifest(objectKey: string): Promise<void> {
    for (const key of [objectKey, projectKeyFile(this.project), FORMAT_KEY]) await this.locks.lock(key, this.until);
  }

  private async lockPack(id: string, until: Date): Promise<void> {
    await this.locks.lock(packKey(this.project, id), until).catch((error: unknown) => {
      if (!isBackendError(error, 'missing')) throw error;
      throw new VaultError(
        'chunk-missing',
        `The pack ${id}, which the snapshot needs, is not in the vault. Run "snapback-vault check", and see "Damage" in docs/vault.md.`,
        { cause: error },
      );
    });
  }
}

function* batchesOf(ids: Iterable<Buffer>): Generator<Buffer[]> {
  let batch: Buffer[] = [];
  for (const id of ids) {
    batch.push(id);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
