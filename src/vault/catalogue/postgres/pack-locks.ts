import type { ClientBase } from 'pg';
import type { LockedPack } from '../collection-session.js';
import type { Connections } from './connections.js';
import { idRows, joinIds } from './id-list.js';

/** Whether the store is known to have locked the object of a pack `p`. */
export const IS_LOCKED = 'coalesce(p.locked_until > clock_timestamp(), false)';

/** Those among these that nobody needs. */
export const COUNT_LOCKED = `
  SELECT count(*) AS n FROM vault.packs p
   WHERE p.project = $1 AND ${IS_LOCKED}
     AND (p.state <> 'live' OR NOT EXISTS (SELECT FROM vault.manifest_packs r WHERE r.pack = p.number))`;

/** A store that says that it still locks what should be free by the database's clock is asked again after so long. */
const ASK_AGAIN = `interval '15 minutes'`;

export async function packsToLock(
  connections: Connections,
  project: string,
  packIds: readonly Buffer[],
  until: Date,
): Promise<Buffer[]> {
  const { rows } = await connections.query<{ id: Buffer }>(
    `SELECT p.id FROM vault.packs p
      WHERE p.project = $1 AND p.id IN (SELECT id FROM ${idRows('$2')} AS needed)
        AND (p.locked_until IS NULL OR p.locked_until < $3)
      ORDER BY p.number`,
    [project, joinIds(packIds), until],
  );
  return rows.map(({ id }) => id);
}

/** Within the caller's transaction. */
export async function noteLocked(
  client: ClientBase,
  project: string,
  packIds: readonly Buffer[],
  until: Date,
): Promise<void> {
  await hold(client, project, packIds);
  await client.query(
    `UPDATE vault.packs SET locked_until = greatest(locked_until, $3)
      WHERE project = $1 AND id IN (SELECT id FROM ${idRows('$2')} AS locked)`,
    [project, joinIds(packIds), until],
  );
}

/** Within the caller's transaction. */
export async function noteStillLocked(
  client: ClientBase,
  project: string,
  packs: readonly LockedPack[],
): Promise<void> {
  const ids = packs.map(({ id }) => id);
  await hold(client, project, ids);
  await client.query(
    `UPDATE vault.packs p SET locked_until = greatest(given.until, clock_timestamp() + ${ASK_AGAIN})
       FROM unnest($2::text[], $3::timestamptz[]) AS given (id, until)
      WHERE p.project = $1 AND p.id = decode(given.id, 'hex')`,
    [project, ids.map((id) => id.toString('hex')), packs.map(({ until }) => until)],
  );
}

/** In the order of their numbers, as all who lock packs. */
async function hold(client: ClientBase, project: string, packIds: readonly Buffer[]): Promise<void> {
  await client.query(
    `SELECT FROM vault.packs WHERE project = $1 AND id IN (SELECT id FROM ${idRows('$2')} AS held)
      ORDER BY number FOR NO KEY UPDATE`,
    [project, joinIds(packIds)],
  );
}
