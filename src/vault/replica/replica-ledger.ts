import type { KnownLocks } from '../catalogue/catalogue.js';
import type { ManifestRecord, PackObject } from '../catalogue/catalogue-records.js';

/** A snapshot of which there is something in the replica. */
export interface ReplicaSnapshot {
  snapshotId: string;
  /** Whether all of it is there, its manifest as well. */
  copied: boolean;
}

export interface ReplicaPack extends PackObject {
  /** Whether it is there: its object was looked at after it was stored. Otherwise something of it may be. */
  arrived: boolean;
}

/**
 * What is in the replica, and what each snapshot there needs: the catalogue of the second vault, as far as one is needed to copy and to
 * remove. It is written before an object is stored, and again when it is there; an object it does not know is left alone until somebody
 * looks through the replica. All methods that change something are one transaction. One process at a time is at a project.
 */
export interface ReplicaLedger extends KnownLocks {
  /**
   * Says that a snapshot is about to be copied, and what it needs: from now on none of these packs is given up. What was written of it
   * before is replaced. Resolves to those of the packs that are not known to be there.
   */
  intend(project: string, manifest: ManifestRecord, packs: readonly PackObject[]): Promise<PackObject[]>;

  arrived(project: string, packId: Buffer): Promise<void>;

  /** The manifest is there, and all it needs: the snapshot is in the replica, locked until then or not at all. */
  complete(project: string, snapshotId: string, lockedUntil: Date | null): Promise<void>;

  /** Begins the time of those that the vault has lost, and ends it for those that it has again. */
  noteGone(project: string): Promise<void>;

  /** Up to `limit` snapshots whose time is over: copied ones `keepDays` after they went from the vault, others as soon as they did. None that is locked. */
  expired(project: string, keepDays: number, limit: number): Promise<ReplicaSnapshot[]>;

  /** It was to go, and is locked until then. It is left alone for some minutes at least: the store's clock may not be ours. */
  stillLocked(project: string, snapshotId: string, until: Date): Promise<void>;

  forgetSnapshot(project: string, snapshotId: string): Promise<void>;

  /**
   * Forgets up to `limit` packs that no snapshot needs and that are not known to be locked, and says which; the caller deletes the objects. None as long as it is not known of
   * some snapshot of the project what it needs.
   */
  takeIdle(project: string, limit: number): Promise<Buffer[]>;

  /** By snapshot id. In bounded memory, as the next one. */
  snapshotsOf(project: string): AsyncIterable<ReplicaSnapshot>;

  /** By id. */
  packsOf(project: string): AsyncIterable<ReplicaPack>;

  /** A manifest was found that nobody knows. What it needs is not known: nothing is given up in its project as long as it is there. */
  adopt(project: string, snapshotId: string): Promise<void>;

  /** A pack was found that nobody knows. */
  adoptPack(project: string, pack: PackObject): Promise<void>;

  /** The manifest is not there any more: the snapshot is copied again, if the vault has it. */
  lost(project: string, snapshotId: string): Promise<void>;

  /** A pack is not there any more: so are all snapshots that need it. */
  lostPack(project: string, packId: Buffer): Promise<void>;
}
