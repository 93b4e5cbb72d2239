import type { CaptureLease, Catalogue, ChunkLocation, Rebuild } from '../catalogue.js';
import type {
  Holding,
  ManifestNeeds,
  ManifestRecord,
  NewManifest,
  NewPack,
  PackedChunk,
  PackRecord,
  PackUse,
} from '../catalogue-records.js';
import { LEASE_MS } from '../catalogue.js';
import { beginCapture, endCapture, holdLease, refuseDuringRebuild, renewCapture } from './capture-leases.js';
import type { CollectionSession } from '../collection-session.js';
import type { ManifestObject, PackObject } from '../catalogue-records.js';
import { inTransaction, type Connections } from './connections.js';
import { findChunks } from './find-chunks.js';
import { noteLocked, packsToLock } from './pack-locks.js';
import { packsHolding } from './packs-holding.js';
import {
  countRebuilds,
  countStrayChunks,
  findPack,
  forgetChunks,
  isBeingRebuilt,
  needsOf,
  projectsOf,
  unsecured,
} from './inspection.js';
import { claimPacks } from './manifest-references.js';
import { insertPack } from './insert-pack.js';
import { PostgresCollectionSession } from './collection/postgres-collection-session.js';
import { insertManifest, publishManifest } from './publish-manifest.js';
import { beginRebuild, duringRebuild, endRebuild } from './rebuild.js';
import { chunksOf, findManifest, manifestsOf, packsOf } from './records.js';
import { orphansAmong, unknownPacksAmong } from './collection/unknown-packs.js';

export interface PostgresCatalogueOptions {
  /** After how long without a sign of life a lease is lost (milliseconds). The same in all processes. Default `LEASE_MS`. */
  leaseMs?: number;
}

/**
 * The catalogue in the schema `vault` that `migrateCatalogue()` makes. A collection holds one connection from its
 * beginning to its end, the other methods hold one for as long as they run.
 */
export class PostgresCatalogue implements Catalogue {
  private readonly leaseMs: number;

  constructor(
    private readonly connections: Connections,
    options: PostgresCatalogueOptions = {},
  ) {
    this.leaseMs = options.leaseMs ?? LEASE_MS;
  }

  packsHolding(project: string, ids: readonly Buffer[]): Promise<(Holding | null)[]> {
    return packsHolding(this.connections, project, ids, 'capture');
  }

  locate(project: string, ids: readonly Buffer[]): Promise<(ChunkLocation | null)[]> {
    return findChunks(this.connections, project, ids);
  }

  async addPack(lease: CaptureLease, pack: NewPack, chunks: readonly PackedChunk[]): Promise<void> {
    await inTransaction(this.connections, async (client) => {
      await holdLease(client, lease, this.leaseMs, 'KEY SHARE');
      await insertPack(client, lease.project, lease.captureId, pack, chunks);
    });
  }

  packsToLock(project: string, packIds: readonly Buffer[], until: Date): Promise<Buffer[]> {
    return packsToLock(this.connections, project, packIds, until);
  }

  noteLocked(project: string, packIds: readonly Buffer[], until: Date): Promise<void> {
    return inTransaction(this.connections, (client) => noteLocked(client, project, packIds, until));
  }

  beginCapture(project: string, snapshotId: string): Promise<CaptureLease> {
    return inTransaction(this.connections, (client) => beginCapture(client, project, snapshotId));
  }

  renewCapture(lease: CaptureLease): Promise<void> {
    return renewCapture(this.connections, lease, this.leaseMs);
  }

  endCapture(lease: CaptureLease): Promise<void> {
    return endCapture(this.connections, lease);
  }

  publish(lease: CaptureLease, manifest: NewManifest, uses: Iterable<PackUse>): Promise<void> {
    return inTransaction(this.connections, (client) => publishManifest(client, lease, this.leaseMs, manifest, uses));
  }

  unpublish(project: string, snapshotId: string, rebuild?: Rebuild): Promise<string | null> {
    return inTransaction(this.connections, async (client) => {
      await refuseDuringRebuild(client, project, rebuild);
      const { rows } = await client.query<{ object_key: string }>(
        'DELETE FROM vault.manifests WHERE project = $1 AND snapshot_id = $2 RETURNING object_key',
        [project, snapshotId],
      );
      return rows[0]?.object_key ?? null;
    });
  }

  findManifest(project: string, snapshotId: string): Promise<ManifestRecord | null> {
    return findManifest(this.connections, project, snapshotId);
  }

  manifestsOf(project: string): AsyncIterable<ManifestRecord> {
    return manifestsOf(this.connections, project);
  }

  packsOf(project: string): AsyncIterable<PackRecord> {
    return packsOf(this.connections, project);
  }

  chunksOf(project: string, packId: Buffer): Promise<PackedChunk[]> {
    return chunksOf(this.connections, project, packId);
  }

  findPack(project: string, packId: Buffer): Promise<PackRecord | null> {
    return findPack(this.connections, project, packId);
  }

  unknownPacksAmong(project: string, packs: readonly PackObject[]): Promise<PackObject[]> {
    return unknownPacksAmong(this.connections, project, packs);
  }

  orphansAmong(project: string, objects: readonly ManifestObject[]): Promise<ManifestObject[]> {
    return orphansAmong(this.connections, project, objects);
  }

  countStrayChunks(project: string): Promise<number> {
    return countStrayChunks(this.connections, project);
  }

  forgetChunks(project: string, packId: Buffer, ids: readonly Buffer[]): Promise<void> {
    return forgetChunks(this.connections, project, packId, ids);
  }

  projects(): AsyncIterable<string> {
    return projectsOf(this.connections);
  }

  isBeingRebuilt(project: string): Promise<boolean> {
    return isBeingRebuilt(this.connections, project);
  }

  countRebuilds(project: string): Promise<number> {
    return countRebuilds(this.connections, project);
  }

  unsecured(project: string, objectKey: string, ids: readonly Buffer[]): Promise<Buffer[]> {
    return unsecured(this.connections, project, objectKey, ids);
  }

  needsOf(project: string, snapshotId: string): Promise<ManifestNeeds | null> {
    return needsOf(this.connections, project, snapshotId);
  }

  openCollection(project: string): Promise<CollectionSession> {
    return PostgresCollectionSession.open(this.connections, project, this.leaseMs);
  }

  beginRebuild(project: string): Promise<Rebuild> {
    return beginRebuild(this.connections, project);
  }

  restorePack(rebuild: Rebuild, pack: NewPack, chunks: readonly PackedChunk[]): Promise<void> {
    return duringRebuild(this.connections, rebuild, (client) =>
      insertPack(client, rebuild.project, null, pack, chunks),
    );
  }

  restoreManifest(
    rebuild: Rebuild,
    snapshotId: string,
    manifest: NewManifest,
    uses?: Iterable<PackUse>,
  ): Promise<void> {
    const { project } = rebuild;
    return duringRebuild(this.connections, rebuild, async (client) => {
      // Packs before manifests, as everywhere.
      const references = uses && (await claimPacks(client, project, uses));
      // The rows are those from before, and may be wrong: an object belongs to the snapshot its key names.
      await client.query('DELETE FROM vault.manifests WHERE project = $1 AND object_key = $2 AND snapshot_id <> $3', [
        project,
        manifest.objectKey,
        snapshotId,
      ]);
      await insertManifest(client, project, snapshotId, manifest, references);
    });
  }

  endRebuild(rebuild: Rebuild): Promise<void> {
    return duringRebuild(this.connections, rebuild, (client) => endRebuild(client, rebuild));
  }
}
