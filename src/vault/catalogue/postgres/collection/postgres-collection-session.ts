import type { PoolClient } from 'pg';
import type { Holding, ManifestRecord, NewPack, PackedChunk, PackUse } from '../../catalogue-records.js';
import { expireCaptures, refuseDuringRebuild } from '../capture-leases.js';
import { takeCollectionLock } from './collection-lock.js';
import type {
  CollectionSession,
  ExaminedPack,
  LockedPack,
  NamingManifest,
  PackFacts,
  Replacement,
  SparsePack,
} from '../../collection-session.js';
import type { ManifestObject, PackObject } from '../../catalogue-records.js';
import { ignore, transaction, type Connections } from '../connections.js';
import { idRows, joinIds } from '../id-list.js';
import { insertPack } from '../insert-pack.js';
import { idlePacks, isListingDue, noteListed } from './needed-packs.js';
import { chooseSettled, condemn, replacePacks, reviveNeeded, settle } from './pack-fate.js';
import { COUNT_LOCKED, IS_LOCKED, noteStillLocked } from '../pack-locks.js';
import { packsHolding } from '../packs-holding.js';
import { chunksOf, findManifest } from '../records.js';
import { manifestsNumbered, noteExamined, sparsePacks } from './sparse-packs.js';
import { orphansAmong, unknownPacksAmong } from './unknown-packs.js';
import { doubtSummaries, isPublished, summarise, unsummarised } from '../summaries.js';

/** What takes long here takes long on purpose; only faster with memory for sorting. */
const SETTINGS = [
  "SET work_mem = '64MB'",
  'SET statement_timeout = 0',
  // The lock of a process that stands still is not held for ever. Servers before version 14 do not know how.
  "SELECT set_config(name, '60s', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
];
/** Whoever is only waiting for the store says so often that it is there (milliseconds). */
const BEAT_MS = 10_000;

/**
 * All of a collection goes through this one connection: it holds the lock, and every change is made on it. So whoever has
 * lost the lock has lost the power to change anything too.
 */
export class PostgresCollectionSession implements CollectionSession {
  private readonly beat: NodeJS.Timeout;

  private constructor(
    private readonly client: PoolClient,
    private readonly project: string,
    private readonly leaseMs: number,
  ) {
    this.beat = setInterval(() => void client.query('SELECT').catch(ignore), BEAT_MS);
    this.beat.unref();
  }

  static async open(connections: Connections, project: string, leaseMs: number): Promise<PostgresCollectionSession> {
    const client = await connections.connect();
    client.on('error', ignore);
    const session = new PostgresCollectionSession(client, project, leaseMs);
    try {
      await takeCollectionLock(client, project, 'session');
      await refuseDuringRebuild(client, project);
      for (const setting of SETTINGS) await client.query(setting);
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

  unsummarised(limit: number): Promise<ManifestRecord[]> {
    return unsummarised(this.client, this.project, limit);
  }

  isPublished(objectKey: string): Promise<boolean> {
    return isPublished(this.client, this.project, objectKey);
  }

  findManifest(snapshotId: string): Promise<ManifestRecord | null> {
    return findManifest(this.client, this.project, snapshotId);
  }

  doubtSummaries(): Promise<void> {
    return doubtSummaries(this.client, this.project);
  }

  packsHolding(ids: readonly Buffer[]): Promise<(Holding | null)[]> {
    return packsHolding(this.client, this.project, ids, 'manifest');
  }

  summarise(objectKey: string, uses: Iterable<PackUse>): Promise<void> {
    return transaction(this.client, () => summarise(this.client, this.project, objectKey, uses));
  }

  reviveNeeded(): Promise<number> {
    return transaction(this.client, () => reviveNeeded(this.client, this.project));
  }

  async countManifests(): Promise<number> {
    return this.count('SELECT count(*) AS n FROM vault.manifests WHERE project = $1');
  }

  async countPacks(): Promise<number> {
    return this.count('SELECT count(*) AS n FROM vault.packs WHERE project = $1');
  }

  idlePacks(limit: number): Promise<PackFacts[]> {
    return idlePacks(this.client, this.project, limit);
  }

  sparsePacks(most: number, limit: number): Promise<SparsePack[]> {
    return sparsePacks(this.client, this.project, most, limit);
  }

  manifestsNumbered(numbers: readonly string[]): Promise<NamingManifest[]> {
    return manifestsNumbered(this.client, numbers);
  }

  chunksOf(packId: Buffer): Promise<PackedChunk[]> {
    return chunksOf(this.client, this.project, packId);
  }

  noteExamined(examined: readonly ExaminedPack[]): Promise<void> {
    return transaction(this.client, () => noteExamined(this.client, this.project, examined));
  }

  async addPack(pack: NewPack, chunks: readonly PackedChunk[]): Promise<void> {
    await transaction(this.client, () => insertPack(this.client, this.project, null, pack, chunks));
  }

  replacePacks(replacement: Replacement): Promise<number> {
    return transaction(this.client, () => replacePacks(this.client, this.project, replacement));
  }

  condemn(packIds: readonly Buffer[], unknownPacks: readonly PackObject[]): Promise<boolean> {
    return transaction(this.client, () => condemn(this.client, this.project, packIds, unknownPacks));
  }

  chooseSettled(): Promise<{ chosen: number; waiting: number }> {
    return transaction(this.client, () => chooseSettled(this.client, this.project));
  }

  settle(): Promise<{ revived: number; doomed: number } | null> {
    return transaction(this.client, () => settle(this.client, this.project));
  }

  orphansAmong(objects: readonly ManifestObject[]): Promise<ManifestObject[]> {
    return orphansAmong(this.client, this.project, objects);
  }

  unknownPacksAmong(packs: readonly PackObject[]): Promise<PackObject[]> {
    return unknownPacksAmong(this.client, this.project, packs);
  }

  isListingDue(afterMs: number): Promise<boolean> {
    return isListingDue(this.client, this.project, afterMs);
  }

  noteListed(): Promise<void> {
    return noteListed(this.client, this.project);
  }

  async nextDoomed(limit: number): Promise<PackObject[]> {
    const { rows } = await this.client.query<{ id: Buffer; bytes: string }>(
      `SELECT p.id, p.bytes FROM vault.packs p
        WHERE p.project = $1 AND p.state = 'deleting' AND NOT ${IS_LOCKED} ORDER BY p.number LIMIT $2`,
      [this.project, limit],
    );
    return rows.map(({ id, bytes }) => ({ id, bytes: Number(bytes) }));
  }

  noteLocked(packs: readonly LockedPack[]): Promise<void> {
    return transaction(this.client, () => noteStillLocked(this.client, this.project, packs));
  }

  countLocked(): Promise<number> {
    return this.count(COUNT_LOCKED);
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
    clearInterval(this.beat);
    // Unlocked first: the server may take a moment to notice that a connection was closed.
    await this.client.query('SELECT pg_advisory_unlock_all()').catch(ignore);
    // Closed rather than given back: settings and temporary tables go with it.
    this.client.release(true);
  }

  private async count(sql: string): Promise<number> {
    const { rows } = await this.client.query<{ n: string }>(sql, [this.project]);
    return Number(rows[0]?.n);
  }
}
