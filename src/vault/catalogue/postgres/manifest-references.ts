import type { ClientBase } from 'pg';
import type { PackState, PackUse } from '../catalogue-records.js';
import { CatalogueError } from '../catalogue-error.js';
import { idRows, integerArray, joinIds } from './id-list.js';
import { PackUses } from '../pack-uses.js';

/*
 * Which packs a manifest needs. Written in the transaction that publishes it or, for one that was published without, by a
 * collection that has read it; gone with its row. A pack that is named here is live.
 */

/** Packs by their numbers, and what a manifest needs of each. */
export type References = ReadonlyMap<string, PackUse>;

// Locked in the order of their numbers, as by collections, so that nobody waits in a circle. Not FOR SHARE: taking a pack
// back would have to strengthen that, and two publications of one pack would wait for each other for ever.
const LOCK_PACKS = `
  SELECT p.number, p.id, p.state
    FROM vault.packs p
   WHERE p.project = $1 AND p.id IN (SELECT id FROM ${idRows('$2')} AS named)
   ORDER BY p.number
     FOR NO KEY UPDATE OF p`;

const INSERT = `
  INSERT INTO vault.manifest_packs (manifest, pack, chunks, bytes)
  SELECT $1, pack, chunks, bytes FROM unnest($2::bigint[], $3::int[], $4::bigint[]) AS use (pack, chunks, bytes)
   ORDER BY pack`;

// With how many rows there are, so that one that is lost shows.
const SUMMARISED = `
  UPDATE vault.manifests m
     SET summary_of = object_key, summary_packs = (SELECT count(*) FROM vault.manifest_packs r WHERE r.manifest = m.number)
   WHERE number = ANY ($1::bigint[])`;

/**
 * Locks the packs until the caller's transaction ends, and makes those live again that are condemned. Rejects with
 * `CatalogueError('pack-missing' | 'pack-condemned')`.
 */
export async function claimPacks(client: ClientBase, project: string, uses: Iterable<PackUse>): Promise<References> {
  const distinct = new PackUses();
  for (const use of uses) distinct.addUse(use);
  const byId = new Map(Array.from(distinct, (use) => [use.packId.toString('latin1'), use]));
  const { rows } = await client.query<{ number: string; id: Buffer; state: PackState }>(LOCK_PACKS, [
    project,
    joinIds(Array.from(distinct, ({ packId }) => packId)),
  ]);
  if (rows.length < byId.size) {
    throw new CatalogueError(
      'pack-missing',
      `${byId.size - rows.length} of the ${byId.size} packs the snapshot needs are not in the catalogue. Capture it again.`,
    );
  }
  const doomed = rows.filter(({ state }) => state === 'deleting').length;
  if (doomed > 0) {
    throw new CatalogueError(
      'pack-condemned',
      `${doomed} of the ${byId.size} packs the snapshot needs are being deleted. Capture it again.`,
    );
  }
  const condemned = rows.filter(({ state }) => state === 'condemned').map(({ number }) => number);
  if (condemned.length > 0) await makeLive(client, condemned);
  return new Map(rows.map(({ number, id }) => [number, byId.get(id.toString('latin1'))!]));
}

/** Packs whose rows the transaction has locked. */
export async function makeLive(client: ClientBase, numbers: readonly string[]): Promise<void> {
  await client.query(
    "UPDATE vault.packs SET state = 'live', condemned_at = NULL, fence = NULL WHERE number = ANY ($1::bigint[])",
    [numbers],
  );
}

/** Writes down what a manifest needs that has no references yet. The transaction holds its row and the packs. */
export async function writeReferences(client: ClientBase, manifest: string, references: References): Promise<void> {
  await addReferences(client, manifest, references);
  await countReferences(client, [manifest]);
}

export async function addReferences(client: ClientBase, manifest: string, references: References): Promise<void> {
  const uses = [...references.values()];
  await client.query(INSERT, [
    manifest,
    [...references.keys()],
    integerArray(uses.map(({ chunks }) => chunks)),
    integerArray(uses.map(({ bytes }) => bytes)),
  ]);
}

export async function countReferences(client: ClientBase, manifests: readonly string[]): Promise<void> {
  await client.query(SUMMARISED, [manifests]);
}
