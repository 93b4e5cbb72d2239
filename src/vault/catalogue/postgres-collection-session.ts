import type { PoolClient } from 'pg';
import type { ManifestRecord, NewPack, PackedChunk } from './catalogue.js';
import { expireCaptures, refuseDuringRebuild } from './capture-leases.js';
import { takeCollectionLock } from './collection-lock.js';
import type { CollectionSession, LiveChunk, ManifestObject, PackFacts, StoredPack } from './collection-session.js';
import { ignore, transaction, type Connections } from './connections.js';
import { idRows, joinIds } from './id-list.js';
import { insertPack } from './insert-pack.js';
import { MarkedChunks } from './marked-chunks.js';
import { chooseSettled, condemn, settle } from './pack-fate.js';
import { toManifestRecord } from './records.js';
import { orphansAmong, strangersAmong } from './strangers.js';

/**
 * All of a collection goes through this one connection: it holds the lock, the marks lie in its temporary tables, and every
 * change is made on it. So whoever has lost the lock has lost the power to change anything too, and a second
 * collection can never act on the marks of a first.
 */
export class PostgresCollectionSession implements CollectionSession {
  private constructor(
    private readonly client: PoolClient,
    private readonly project: string,
    private readonly leaseMs: number,
    private readonly marks: MarkedChunks,
  ) {}

  static async open(connections: Connections, project: string, leaseMs: number): Promise<PostgresCollectionSession> {
    const client = await connections.connect();
    client.on('error', ignore);
    const session = new PostgresCollectionSession(client, project, leaseMs, new MarkedChunks(client, project));
    try {
      await takeCollectionLock(client, project, 'session');
      await refuseDuringRebuild(client, project);
      await session.marks.prepare();
      await client.query('CREATE TEMP TABLE chosen_packs (number bigint PRIMARY KEY)');
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  expireCaptures(): Promise<number> {
    return expireCaptures(this.client, this.project, this.leaseMs);
  }

  orphansAmong(objects: readonly ManifestObject[]): Promise<ManifestObject[]> {
    return orphansAmong(this.client, this.project, objects);
  }

  strangersAmong(packs: readonly StoredPack[]): Promise<StoredPack[]> {
    return strangersAmong(this.client, this.project, packs);
  }

  async unmarked(limit: number): Promise<ManifestRecord[]> {
    const { rows } = await this.client.query<Parameters<typeof toManifestRecord>[0]>(
      `SELECT m.snapshot_id, m.object_key, m.bytes, m.published_at
         FROM vault.manifests m
        WHERE m.project = $1 AND NOT EXISTS (SELECT FROM marked_manifests k WHERE k.object_key = m.object_key)
        LIMIT $2`,
      [this.project, limit],
    );
    return rows.map(toManifestRecord);
  }

  async isPublished(objectKey: string): Promise<boolean> {
    const { rowCount } = await this.client.query('SELECT FROM vault.manifests WHERE project = $1 AND object_key = $2', [
      this.project,
      objectKey,
    ]);
    return rowCount === 1;
  }

  mark(ids: readonly Buffer[]): Promise<void> {
    return this.marks.mark(ids);
  }

  manifestMarked(objectKey: string): Promise<void> {
    return this.marks.manifestMarked(objectKey);
  }

  packFacts(): Promise<PackFacts[]> {
    return this.marks.packFacts();
  }

  countLost(): Promise<number> {
    return this.marks.countLost();
  }

  liveChunksOf(packIds: readonly Buffer[]): AsyncIterable<LiveChunk[]> {
    return this.marks.liveChunksOf(packIds);
  }

  async addPack(pack: NewPack, chunks: readonly PackedChunk[]): Promise<void> {
    await transaction(this.client, () => insertPack(this.client, this.project, null, pack, chunks));
  }

  condemn(packIds: readonly Buffer[], strangers: readonly StoredPack[]): Promise<void> {
    return transaction(this.client, () => condemn(this.client, this.project, packIds, strangers));
  }

  chooseSettled(): Promise<{ chosen: number; waiting: number }> {
    return transaction(this.client, () => chooseSettled(this.client, this.project));
  }

  settle(): Promise<{ revived: number; doomed: number }> {
    return transaction(this.client, () => settle(this.client));
  }

  async nextDoomed(limit: number): Promise<StoredPack[]> {
    const { rows } = await this.client.query<{ id: Buffer; bytes: string }>(
      "SELECT id, bytes FROM vault.packs WHERE project = $1 AND state = 'deleting' ORDER BY number LIMIT $2",
      [this.project, limit],
    );
    return rows.map(({ id, bytes }) => ({ id, bytes: Number(bytes) }));
  }

  async forget(packIds: readonly Buffer[]): Promise<void> {
    const doomed = `SELECT number FROM vault.packs
      WHERE project = $1 AND state = 'deleting' AND id IN (SELECT id FROM ${idRows('$2')} AS gone)`;
    await transaction(this.client, async () => {
      const { rows } = await this.client.query<{ number: string }>(doomed, [this.project, joinIds(packIds)]);
      const numbers = rows.map(({ number }) => number);
      await this.client.query('DELETE FROM vault.chunks WHERE pack = ANY ($1::bigint[])', [numbers]);
      await this.client.query('DELETE FROM vault.packs WHERE number = ANY ($1::bigint[])', [numbers]);
    });
  }

  async close(): Promise<void> {
    // Unlocked first: the server may take a moment to notice that a connection was closed.
    await this.client.query('SELECT pg_advisory_unlock_all()').catch(ignore);
    // Closed rather than given back: settings and temporary tables go with it.
    this.client.release(true);
  }
}
