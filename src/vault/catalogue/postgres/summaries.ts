import type { ClientBase } from 'pg';
import type { ManifestRecord, PackUse } from '../catalogue-records.js';
import { claimPacks, writeReferences } from './manifest-references.js';
import { toManifestRecord } from './records.js';

/*
 * Whether it is known what each published manifest needs. Programs that do not write it down may publish beside this one,
 * and rows of a damaged catalogue may be lost: so it is looked at, not believed.
 */

// An object of its own is what a replaced one does not have; a lost reference, and one to a pack that is not there, make
// the count wrong.
const UNSUMMARISED = `
  SELECT m.snapshot_id, m.object_key, m.bytes, m.published_at
    FROM vault.manifests m
    LEFT JOIN (
      SELECT r.manifest, count(*) AS packs
        FROM vault.manifest_packs r
        JOIN vault.packs p ON p.number = r.pack
       WHERE p.project = $1 AND p.state <> 'deleting'
       GROUP BY r.manifest) AS there ON there.manifest = m.number
   WHERE m.project = $1
     AND (m.summary_of IS DISTINCT FROM m.object_key OR m.summary_packs IS DISTINCT FROM coalesce(there.packs, 0))
   ORDER BY m.snapshot_id
   LIMIT $2`;

export async function unsummarised(client: ClientBase, project: string, limit: number): Promise<ManifestRecord[]> {
  const { rows } = await client.query<Parameters<typeof toManifestRecord>[0]>(UNSUMMARISED, [project, limit]);
  return rows.map(toManifestRecord);
}

/**
 * Whether one was published without. To be asked by whoever has locked packs and is about to give them up: what was published
 * before is seen then, and what is published after finds them given up.
 */
export async function someUnsummarised(client: ClientBase, project: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM vault.manifests m WHERE m.project = $1 AND m.summary_of IS DISTINCT FROM m.object_key LIMIT 1',
    [project],
  );
  return rowCount !== 0;
}

export async function isPublished(client: ClientBase, project: string, objectKey: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM vault.manifests WHERE project = $1 AND object_key = $2', [
    project,
    objectKey,
  ]);
  return rowCount === 1;
}

/** Within the caller's transaction; see `CollectionSession.summarise()`. */
export async function summarise(
  client: ClientBase,
  project: string,
  objectKey: string,
  uses: Iterable<PackUse>,
): Promise<void> {
  const references = await claimPacks(client, project, uses);
  const { rows } = await client.query<{ number: string }>(
    'SELECT number FROM vault.manifests WHERE project = $1 AND object_key = $2 FOR NO KEY UPDATE',
    [project, objectKey],
  );
  for (const { number } of rows) {
    await client.query('DELETE FROM vault.manifest_packs WHERE manifest = $1', [number]);
    await writeReferences(client, number, references);
  }
}

/** It is not known any more what any manifest needs. */
export async function doubtSummaries(client: ClientBase, project: string): Promise<void> {
  await client.query('UPDATE vault.manifests SET summary_of = NULL WHERE project = $1', [project]);
}

/** It is not known any more what the manifests need that name a pack. Within the caller's transaction. */
export async function doubtSummariesNaming(client: ClientBase, project: string, packId: Buffer): Promise<void> {
  await client.query(
    `WITH doubted AS MATERIALIZED (
       SELECT m.number
         FROM vault.manifests m
         JOIN vault.manifest_packs r ON r.manifest = m.number
         JOIN vault.packs p ON p.number = r.pack
        WHERE p.project = $1 AND p.id = $2
        ORDER BY m.number
          FOR NO KEY UPDATE OF m)
     UPDATE vault.manifests SET summary_of = NULL WHERE number IN (SELECT number FROM doubted)`,
    [project, packId],
  );
}
