import type { ClientBase } from 'pg';
import type { ExaminedPack, NamingManifest, SparsePack } from '../../collection-session.js';
import { idRows, joinIds } from '../id-list.js';
import { IS_LOCKED } from '../pack-locks.js';

/*
 * Packs of which perhaps little is needed. What a manifest is said to need of a pack says only where it is worth looking: what
 * is copied is decided by the manifests themselves.
 */

// Numbers of manifests are never given twice, and what a manifest needs does not change: as long as none of those that were
// read has gone, no less is needed than then.
const SPARSE = `
  SELECT p.id, p.bytes, p.chunk_bytes, max(r.bytes) AS least, least(sum(r.bytes), p.chunk_bytes) AS most,
         array_agg(r.manifest::text) AS manifests,
         CASE WHEN p.examined_manifests = count(*) FILTER (WHERE r.manifest <= p.examined_manifest) THEN p.examined_live END AS known
    FROM vault.packs p
    JOIN vault.manifest_packs r ON r.pack = p.number
   WHERE p.project = $1 AND p.state = 'live' AND NOT ${IS_LOCKED} AND NOT EXISTS (SELECT FROM vault.captures k WHERE k.id = p.capture)
   GROUP BY p.number
  HAVING max(r.bytes) <= p.chunk_bytes * $2::float8
   ORDER BY p.chunk_bytes - least(sum(r.bytes), p.chunk_bytes) DESC, p.number
   LIMIT $3`;

interface SparseRow {
  id: Buffer;
  bytes: string;
  chunk_bytes: string;
  least: string;
  most: string;
  known: string | null;
  manifests: string[];
}

export async function sparsePacks(
  client: ClientBase,
  project: string,
  most: number,
  limit: number,
): Promise<SparsePack[]> {
  const { rows } = await client.query<SparseRow>(SPARSE, [project, most, limit]);
  return rows.map((row) => ({
    id: row.id,
    bytes: Number(row.bytes),
    chunkBytes: Number(row.chunk_bytes),
    leastLiveBytes: Number(row.least),
    mostLiveBytes: Number(row.most),
    knownLiveBytes: row.known === null ? null : Number(row.known),
    manifests: row.manifests,
  }));
}

export async function manifestsNumbered(client: ClientBase, numbers: readonly string[]): Promise<NamingManifest[]> {
  const { rows } = await client.query<{ number: string; object_key: string; bytes: string }>(
    'SELECT number, object_key, bytes FROM vault.manifests WHERE number = ANY ($1::bigint[]) ORDER BY number',
    [numbers],
  );
  return rows.map(({ number, object_key, bytes }) => ({ number, objectKey: object_key, bytes: Number(bytes) }));
}

/** Within the caller's transaction. */
export async function noteExamined(
  client: ClientBase,
  project: string,
  examined: readonly ExaminedPack[],
): Promise<void> {
  // In the order of their numbers, as all who lock packs.
  await client.query(
    `SELECT FROM vault.packs WHERE project = $1 AND id IN (SELECT id FROM ${idRows('$2')} AS e) ORDER BY number FOR NO KEY UPDATE`,
    [project, joinIds(examined.map(({ id }) => id))],
  );
  for (const { id, liveBytes, manifests } of examined) {
    await client.query(
      `UPDATE vault.packs
          SET examined_live = $3, examined_manifests = cardinality($4::bigint[]), examined_manifest = (SELECT max(n) FROM unnest($4::bigint[]) AS n)
        WHERE project = $1 AND id = $2`,
      [project, id, liveBytes, manifests],
    );
  }
}
