import type { ClientBase } from 'pg';
import type { Replacement } from '../../collection-session.js';
import type { PackObject } from '../../catalogue-records.js';
import { idRows, integerArray, joinIds } from '../id-list.js';
import { addReferences, claimPacks, countReferences, makeLive } from '../manifest-references.js';
import { someUnsummarised } from '../summaries.js';

/*
 * What becomes of packs. Each function runs in a transaction of the caller and locks the rows in the order of their numbers,
 * as a publication does: so they wait for each other, and never in a circle. Only the one collection of a
 * project takes the state `live` away, and only here: from packs that it has locked, and then has seen that nobody names.
 */

const CONDEMN =
  "UPDATE vault.packs SET state = 'condemned', condemned_at = clock_timestamp(), fence = NULL WHERE number = ANY ($1::bigint[])";

/** False, and nothing done, while it is not known what some manifest needs. */
export async function condemn(
  client: ClientBase,
  project: string,
  packIds: readonly Buffer[],
  unknownPacks: readonly PackObject[],
): Promise<boolean> {
  const locked = await lockPacks(
    client,
    `project = $1 AND state = 'live' AND id IN (SELECT id FROM ${idRows('$2')} AS d)`,
    [project, joinIds(packIds)],
  );
  if (await someUnsummarised(client, project)) return false;
  await client.query(CONDEMN, [await unnamed(client, locked)]);
  // One that its capture has recorded meanwhile is unknown no more.
  await client.query(
    `INSERT INTO vault.packs (project, id, bytes, chunk_bytes, key_id, state, condemned_at)
     SELECT $1, substring($2::bytea FROM (i::int - 1) * 32 + 1 FOR 32), bytes, 0, '', 'condemned', clock_timestamp()
       FROM unnest($3::bigint[]) WITH ORDINALITY AS s (bytes, i)
      ORDER BY i
     ON CONFLICT DO NOTHING`,
    [project, joinIds(unknownPacks.map(({ id }) => id)), integerArray(unknownPacks.map(({ bytes }) => bytes))],
  );
  return true;
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

export async function settle(client: ClientBase, project: string): Promise<{ revived: number; doomed: number } | null> {
  const locked = await lockPacks(client, "state = 'condemned' AND number IN (SELECT number FROM chosen_packs)", []);
  if (await someUnsummarised(client, project)) return null;
  const doomed = await unnamed(client, locked);
  const goes = new Set(doomed);
  const revived = locked.filter((number) => !goes.has(number));
  await makeLive(client, revived);
  await client.query("UPDATE vault.packs SET state = 'deleting', fence = NULL WHERE number = ANY ($1::bigint[])", [
    doomed,
  ]);
  return { revived: revived.length, doomed: doomed.length };
}

/** What is named has to be live. Nothing here condemns such a pack; a program that did not know of references may have. */
export async function reviveNeeded(client: ClientBase, project: string): Promise<number> {
  const numbers = await lockPacks(
    client,
    "project = $1 AND state = 'condemned' AND EXISTS (SELECT FROM vault.manifest_packs r WHERE r.pack = packs.number)",
    [project],
  );
  await makeLive(client, numbers);
  return numbers.length;
}

export async function replacePacks(client: ClientBase, project: string, replacement: Replacement): Promise<number> {
  const { packIds, uses } = replacement;
  const copies = [...uses.values()].flat().map(({ packId }) => packId);
  const locked = await client.query<{ number: string; id: Buffer; state: string }>(
    `SELECT number, id, state FROM vault.packs
      WHERE project = $1 AND id IN (SELECT id FROM ${idRows('$2')} AS d)
      ORDER BY number FOR NO KEY UPDATE`,
    [project, joinIds([...packIds, ...copies])],
  );
  if (await someUnsummarised(client, project)) return 0;
  const readManifests = [...uses.keys()];
  const { rows: published } = await client.query<{ number: string }>(
    'SELECT number FROM vault.manifests WHERE number = ANY ($1::bigint[]) ORDER BY number FOR NO KEY UPDATE',
    [readManifests],
  );
  const old = new Set(packIds.map((id) => id.toString('latin1')));
  const live = locked.rows.filter(({ id, state }) => state === 'live' && old.has(id.toString('latin1')));
  // One that was published since the manifests were read may need what was not copied.
  const { rows: named } = await client.query<{ pack: string }>(
    `SELECT DISTINCT pack FROM vault.manifest_packs
      WHERE pack = ANY ($1::bigint[]) AND manifest <> ALL ($2::bigint[])`,
    [live.map(({ number }) => number), readManifests],
  );
  const stays = new Set(named.map(({ pack }) => pack));
  const replaced = live.map(({ number }) => number).filter((number) => !stays.has(number));
  const numbers = published.map(({ number }) => number);
  await client.query(
    'DELETE FROM vault.manifest_packs WHERE pack = ANY ($1::bigint[]) AND manifest = ANY ($2::bigint[])',
    [replaced, numbers],
  );
  for (const number of numbers) {
    await addReferences(client, number, await claimPacks(client, project, uses.get(number) ?? []));
  }
  await countReferences(client, numbers);
  await client.query(CONDEMN, [replaced]);
  return replaced.length;
}

/** Those of these packs, which the transaction has locked, that no published manifest names. */
async function unnamed(client: ClientBase, numbers: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ number: string }>(
    `SELECT number FROM unnest($1::bigint[]) AS locked (number)
      WHERE NOT EXISTS (SELECT FROM vault.manifest_packs r WHERE r.pack = locked.number)
      ORDER BY number`,
    [numbers],
  );
  return rows.map(({ number }) => number);
}

async function lockPacks(client: ClientBase, condition: string, values: unknown[]): Promise<string[]> {
  const { rows } = await client.query<{ number: string }>(
    `SELECT number FROM vault.packs WHERE ${condition} ORDER BY number FOR NO KEY UPDATE`,
    values,
  );
  return rows.map(({ number }) => number);
}
