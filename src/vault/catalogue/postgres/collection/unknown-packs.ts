import type { ClientBase } from 'pg';
import type { ManifestObject, PackObject } from '../../catalogue-records.js';
import { idRows, joinIds } from '../id-list.js';

/*
 * Which of the objects that are stored the catalogue does not know. The objects have to have been listed before
 * one of these is called: then what is being recorded in this moment is known, or its capture is.
 */

type Queries = Pick<ClientBase, 'query'>;

/** Those among these packs that have no row. */
export async function unknownPacksAmong(
  client: Queries,
  project: string,
  packs: readonly PackObject[],
): Promise<PackObject[]> {
  const { rows } = await client.query<{ id: Buffer }>(
    `SELECT stored.id FROM ${idRows('$2')} AS stored
      WHERE NOT EXISTS (SELECT FROM vault.packs p WHERE p.project = $1 AND p.id = stored.id)`,
    [project, joinIds(packs.map(({ id }) => id))],
  );
  const unknownPacks = new Set(rows.map(({ id }) => id.toString('latin1')));
  return packs.filter(({ id }) => unknownPacks.has(id.toString('latin1')));
}

/** Those among these manifests that are not published and whose capture is over. */
export async function orphansAmong(
  client: Queries,
  project: string,
  objects: readonly ManifestObject[],
): Promise<ManifestObject[]> {
  // One statement, so one moment: a publication turns a capture into a manifest in one transaction.
  const { rows } = await client.query<{ i: string }>(
    `SELECT i - 1 AS i
       FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS o (object_key, capture_id, i)
      WHERE NOT EXISTS (SELECT FROM vault.manifests m WHERE m.project = $1 AND m.object_key = o.object_key)
        AND NOT EXISTS (SELECT FROM vault.captures c WHERE c.project = $1 AND c.id::text = o.capture_id)`,
    [project, objects.map(({ objectKey }) => objectKey), objects.map(({ captureId }) => captureId)],
  );
  return rows.map(({ i }) => objects[Number(i)]!);
}
