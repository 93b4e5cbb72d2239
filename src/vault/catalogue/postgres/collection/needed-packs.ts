import type { ClientBase } from 'pg';
import type { PackState } from '../../catalogue-records.js';
import type { PackFacts } from '../../collection-session.js';
import { IS_LOCKED } from '../pack-locks.js';

/** Packs that no published manifest names, or that are on their way out; those that are locked are of no use here. */
const IDLE = `
  SELECT p.id, p.bytes, p.chunk_bytes, p.state, EXISTS (SELECT FROM vault.captures k WHERE k.id = p.capture) AS being_captured
    FROM vault.packs p
   WHERE p.project = $1 AND NOT ${IS_LOCKED}
     AND (p.state <> 'live' OR NOT EXISTS (SELECT FROM vault.manifest_packs r WHERE r.pack = p.number))
   ORDER BY p.state = 'live' DESC, p.number
   LIMIT $2`;

interface IdleRow {
  id: Buffer;
  bytes: string;
  chunk_bytes: string;
  state: PackState;
  being_captured: boolean;
}

export async function idlePacks(client: ClientBase, project: string, limit: number): Promise<PackFacts[]> {
  const { rows } = await client.query<IdleRow>(IDLE, [project, limit]);
  return rows.map((row) => ({
    id: row.id,
    bytes: Number(row.bytes),
    chunkBytes: Number(row.chunk_bytes),
    liveBytes: 0,
    liveChunks: 0,
    state: row.state,
    beingCaptured: row.being_captured,
  }));
}

export async function isListingDue(client: ClientBase, project: string, afterMs: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM vault.projects
      WHERE project = $1 AND thorough_at > clock_timestamp() - $2::float8 * interval '1 millisecond'`,
    [project, afterMs],
  );
  return rowCount === 0;
}

export async function noteListed(client: ClientBase, project: string): Promise<void> {
  await client.query(
    `INSERT INTO vault.projects (project, thorough_at) VALUES ($1, clock_timestamp())
     ON CONFLICT (project) DO UPDATE SET thorough_at = EXCLUDED.thorough_at`,
    [project],
  );
}
