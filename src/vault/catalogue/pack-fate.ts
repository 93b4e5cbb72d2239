import type { ClientBase } from 'pg';
import type { StoredPack } from './collection-session.js';
import { idRows, integerArray, joinIds } from './id-list.js';

/*
 * What becomes of packs. Each function runs in a transaction of the caller and locks the rows in the order of their numbers,
 * as a publication does: so they wait for each other, and never in a circle. Only the one collection of a
 * project takes the state `live` away.
 */

export async function condemn(
  client: ClientBase,
  project: string,
  packIds: readonly Buffer[],
  strangers: readonly StoredPack[],
): Promise<void> {
  const numbers = await lockPacks(
    client,
    `project = $1 AND state = 'live' AND id IN (SELECT id FROM ${idRows('$2')} AS d)`,
    [project, joinIds(packIds)],
  );
  await client.query(
    "UPDATE vault.packs SET state = 'condemned', condemned_at = clock_timestamp(), fence = NULL WHERE number = ANY ($1::bigint[])",
    [numbers],
  );
  // One that its capture has recorded meanwhile is a stranger no more.
  await client.query(
    `INSERT INTO vault.packs (project, id, bytes, chunk_bytes, key_id, state, condemned_at)
     SELECT $1, substring($2::bytea FROM (i::int - 1) * 32 + 1 FOR 32), bytes, 0, '', 'condemned', clock_timestamp()
       FROM unnest($3::bigint[]) WITH ORDINALITY AS s (bytes, i)
      ORDER BY i
     ON CONFLICT DO NOTHING`,
    [project, joinIds(strangers.map(({ id }) => id)), integerArray(strangers.map(({ bytes }) => bytes))],
  );
}

/** After `condemn()` was committed: whoever begins a capture from now on can no longer find the packs. */
export async function chooseSettled(client: ClientBase, project: string): Promise<{ chosen: number; waiting: number }> {
  const unfenced = await lockPacks(client, "project = $1 AND state = 'condemned' AND fence IS NULL", [project]);
  await client.query(
    "UPDATE vault.packs SET fence = (SELECT nextval('vault.epochs')) WHERE number = ANY ($1::bigint[])",
    [unfenced],
  );
  await client.query('TRUNCATE chosen_packs');
  const { rowCount: chosen } = await client.query(
    `INSERT INTO chosen_packs
     SELECT p.number FROM vault.packs p
      WHERE p.project = $1 AND p.state = 'condemned'
        AND p.fence <= (SELECT coalesce(min(c.epoch), p.fence) FROM vault.captures c WHERE c.project = $1)`,
    [project],
  );
  const { rows } = await client.query<{ condemned: string }>(
    "SELECT count(*) AS condemned FROM vault.packs WHERE project = $1 AND state = 'condemned'",
    [project],
  );
  // One that was published just now counts in neither.
  return { chosen: chosen ?? 0, waiting: Math.max(0, Number(rows[0]?.condemned) - (chosen ?? 0)) };
}

export async function settle(client: ClientBase): Promise<{ revived: number; doomed: number }> {
  const numbers = await lockPacks(client, "state = 'condemned' AND number IN (SELECT number FROM chosen_packs)", []);
  const { rowCount: revived } = await client.query(
    `UPDATE vault.packs p SET state = 'live', condemned_at = NULL, fence = NULL
      WHERE p.number = ANY ($1::bigint[])
        AND EXISTS (
          SELECT FROM vault.chunks c JOIN marked m ON m.id = c.id
           WHERE c.pack = p.number
             AND NOT EXISTS (
               SELECT FROM vault.chunks o JOIN vault.packs q ON q.number = o.pack
                WHERE o.project = p.project AND o.id = c.id AND q.state = 'live'))`,
    [numbers],
  );
  const { rowCount: doomed } = await client.query(
    "UPDATE vault.packs SET state = 'deleting', fence = NULL WHERE number = ANY ($1::bigint[]) AND state = 'condemned'",
    [numbers],
  );
  return { revived: revived ?? 0, doomed: doomed ?? 0 };
}

async function lockPacks(client: ClientBase, condition: string, values: unknown[]): Promise<string[]> {
  const { rows } = await client.query<{ number: string }>(
    `SELECT number FROM vault.packs WHERE ${condition} ORDER BY number FOR NO KEY UPDATE`,
    values,
  );
  return rows.map(({ number }) => number);
}
