import type { ClientBase } from 'pg';
import type { PackState } from './catalogue.js';
import type { LiveChunk, PackFacts } from './collection-session.js';
import { ignore } from './connections.js';
import { idRows, joinIds } from './id-list.js';

/** What the server may use for the marks and for sorting them; beyond that it uses its disk. */
const SETTINGS = ["SET temp_buffers = '64MB'", "SET work_mem = '64MB'", 'SET statement_timeout = 0'];

const TABLES = `
  CREATE TEMP TABLE marked (id bytea PRIMARY KEY);
  CREATE TEMP TABLE marked_manifests (object_key text PRIMARY KEY);
  -- Every place of a marked chunk, and of those in live packs the one that counts.
  CREATE TEMP TABLE places (id bytea, pack bigint, stored_bytes integer);
  CREATE TEMP TABLE counted (id bytea, pack bigint, stored_bytes integer);
  CREATE INDEX counted_pack ON counted (pack)`;

// Without the packs: a catalogue that was filled a moment ago has no statistics yet, and with three tables to join
// the planner then chooses an order that takes minutes.
const FIND_PLACES = `
  INSERT INTO places
  SELECT c.id, c.pack, c.stored_bytes
    FROM marked m
    JOIN vault.chunks c ON c.project = $1 AND c.id = m.id`;

// One order of the packs for all chunks: were it chosen chunk by chunk, two packs could each be thought spare
// on account of the other.
const COUNT_ONCE = `
  INSERT INTO counted
  SELECT DISTINCT ON (id) id, pack, places.stored_bytes
    FROM places
    JOIN (SELECT pack, sum(stored_bytes) AS bytes
            FROM places
           WHERE pack IN (SELECT number FROM vault.packs WHERE project = $1 AND state = 'live')
           GROUP BY pack) AS use USING (pack)
   ORDER BY id, use.bytes DESC, pack DESC`;

const PACK_FACTS = `
  SELECT p.id, p.bytes, p.chunk_bytes, p.state, coalesce(live.bytes, 0) AS live_bytes, coalesce(live.chunks, 0) AS live_chunks,
         EXISTS (SELECT FROM vault.captures k WHERE k.id = p.capture) AS being_captured
    FROM vault.packs p
    LEFT JOIN (SELECT pack, sum(stored_bytes) AS bytes, count(*) AS chunks FROM counted GROUP BY pack) AS live
           ON live.pack = p.number
   WHERE p.project = $1
   ORDER BY p.number`;

interface FactsRow {
  id: Buffer;
  bytes: string;
  chunk_bytes: string;
  state: PackState;
  live_bytes: string;
  live_chunks: string;
  being_captured: boolean;
}

interface LiveRow {
  id: Buffer;
  key_id: string;
  position: number;
  stored_bytes: number;
  plain_bytes: number;
  encoding: number;
}

/** The chunks that published snapshots need, in temporary tables of one connection: no memory grows with their number. */
export class MarkedChunks {
  constructor(
    private readonly client: ClientBase,
    private readonly project: string,
  ) {}

  async prepare(): Promise<void> {
    // Only faster with them: temp_buffers, say, cannot be set on a connection that had temporary tables before.
    for (const setting of SETTINGS) await this.client.query(setting).catch(ignore);
    await this.client.query(TABLES);
  }

  async mark(ids: readonly Buffer[]): Promise<void> {
    if (ids.length === 0) return;
    // In order: neighbours in the index are then written together.
    await this.client.query(
      `INSERT INTO marked SELECT DISTINCT id FROM ${idRows('$1')} AS needed ORDER BY id ON CONFLICT DO NOTHING`,
      [joinIds(ids)],
    );
  }

  async manifestMarked(objectKey: string): Promise<void> {
    await this.client.query('INSERT INTO marked_manifests VALUES ($1) ON CONFLICT DO NOTHING', [objectKey]);
  }

  async packFacts(): Promise<PackFacts[]> {
    await this.client.query('TRUNCATE places, counted; ANALYZE marked');
    await this.client.query(FIND_PLACES, [this.project]);
    await this.client.query('ANALYZE places');
    await this.client.query(COUNT_ONCE, [this.project]);
    await this.client.query('ANALYZE counted');
    const { rows } = await this.client.query<FactsRow>(PACK_FACTS, [this.project]);
    return rows.map((row) => ({
      id: row.id,
      bytes: Number(row.bytes),
      chunkBytes: Number(row.chunk_bytes),
      liveBytes: Number(row.live_bytes),
      liveChunks: Number(row.live_chunks),
      state: row.state,
      beingCaptured: row.being_captured,
    }));
  }

  async countLost(): Promise<number> {
    await this.client.query('ANALYZE marked');
    const { rows } = await this.client.query<{ lost: string }>(
      `SELECT count(*) AS lost FROM marked m
        WHERE NOT EXISTS (SELECT FROM vault.chunks c JOIN vault.packs p ON p.number = c.pack
                           WHERE c.project = $1 AND c.id = m.id AND p.state <> 'deleting')`,
      [this.project],
    );
    return Number(rows[0]?.lost);
  }

  async *liveChunksOf(packIds: readonly Buffer[]): AsyncGenerator<LiveChunk[]> {
    for (const packId of packIds) {
      const { rows } = await this.client.query<LiveRow>(
        `SELECT c.id, p.key_id, c.position, c.stored_bytes, c.plain_bytes, c.encoding
           FROM vault.packs p
           JOIN counted ON counted.pack = p.number
           JOIN vault.chunks c ON c.project = p.project AND c.id = counted.id AND c.pack = p.number
          WHERE p.project = $1 AND p.id = $2
          ORDER BY c.position`,
        [this.project, packId],
      );
      yield rows.map((row) => ({
        id: row.id,
        packId,
        keyId: row.key_id,
        offset: row.position,
        storedBytes: row.stored_bytes,
        plainBytes: row.plain_bytes,
        encoding: row.encoding,
      }));
    }
  }
}
