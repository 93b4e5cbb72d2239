import type { ClientBase } from 'pg';
import type { ManifestRecord, PackedChunk, PackRecord, PackState } from '../catalogue-records.js';
import type { Connections } from './connections.js';

const PAGE = 1_000;

export interface PackRow {
  number: string;
  id: Buffer;
  bytes: string;
  key_id: string;
  state: PackState;
  condemned_at: Date | null;
  created_at: Date;
}

interface ManifestRow {
  snapshot_id: string;
  object_key: string;
  bytes: string;
  published_at: Date;
}

interface ChunkRow {
  id: Buffer;
  position: number;
  stored_bytes: number;
  plain_bytes: number;
  encoding: number;
}

/** See `Catalogue.packsOf()`. Page by page rather than by a cursor: no transaction is open while the caller works. */
export async function* packsOf(connections: Connections, project: string): AsyncGenerator<PackRecord> {
  for (let last = '0'; ;) {
    const { rows } = await connections.query<PackRow>(
      `SELECT number, id, bytes, key_id, state, condemned_at, created_at
         FROM vault.packs WHERE project = $1 AND number > $2 ORDER BY number LIMIT ${PAGE}`,
      [project, last],
    );
    for (const row of rows) yield toPackRecord(row);
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return;
    last = end.number;
  }
}

/** See `Catalogue.manifestsOf()`. */
export async function* manifestsOf(connections: Connections, project: string): AsyncGenerator<ManifestRecord> {
  for (let last = ''; ;) {
    const { rows } = await connections.query<ManifestRow>(
      `SELECT snapshot_id, object_key, bytes, published_at
         FROM vault.manifests WHERE project = $1 AND snapshot_id > $2 ORDER BY snapshot_id LIMIT ${PAGE}`,
      [project, last],
    );
    for (const row of rows) yield toManifestRecord(row);
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return;
    last = end.snapshot_id;
  }
}

export async function findManifest(
  client: Pick<ClientBase, 'query'>,
  project: string,
  snapshotId: string,
): Promise<ManifestRecord | null> {
  const { rows } = await client.query<ManifestRow>(
    'SELECT snapshot_id, object_key, bytes, published_at FROM vault.manifests WHERE project = $1 AND snapshot_id = $2',
    [project, snapshotId],
  );
  return rows[0] === undefined ? null : toManifestRecord(rows[0]);
}

export async function chunksOf(
  client: Pick<ClientBase, 'query'>,
  project: string,
  packId: Buffer,
): Promise<PackedChunk[]> {
  const { rows } = await client.query<ChunkRow>(
    `SELECT c.id, c.position, c.stored_bytes, c.plain_bytes, c.encoding
       FROM vault.packs p JOIN vault.chunks c ON c.pack = p.number
      WHERE p.project = $1 AND p.id = $2
      ORDER BY c.position`,
    [project, packId],
  );
  return rows.map((row) => ({
    id: row.id,
    offset: row.position,
    storedBytes: row.stored_bytes,
    plainBytes: row.plain_bytes,
    encoding: row.encoding,
  }));
}

export function toManifestRecord(row: ManifestRow): ManifestRecord {
  return {
    snapshotId: row.snapshot_id,
    objectKey: row.object_key,
    bytes: Number(row.bytes),
    publishedAt: row.published_at,
  };
}

export function toPackRecord(row: PackRow): PackRecord {
  return {
    id: row.id,
    bytes: Number(row.bytes),
    keyId: row.key_id,
    state: row.state,
    condemnedAt: row.condemned_at,
    createdAt: row.created_at,
  };
}
