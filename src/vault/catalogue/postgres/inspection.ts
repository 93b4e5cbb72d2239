import type { ManifestNeeds, PackRecord } from '../catalogue-records.js';
import { inTransaction, type Connections } from './connections.js';
import { idRows, joinIds } from './id-list.js';
import { doubtSummariesNaming } from './summaries.js';
import { toManifestRecord, toPackRecord, type PackRow } from './records.js';

/*
 * What only a check, a repair and a replica ask of the catalogue.
 */

export async function findPack(connections: Connections, project: string, packId: Buffer): Promise<PackRecord | null> {
  const { rows } = await connections.query<PackRow>(
    `SELECT number, id, bytes, key_id, state, condemned_at, created_at
       FROM vault.packs WHERE project = $1 AND id = $2`,
    [project, packId],
  );
  return rows[0] === undefined ? null : toPackRecord(rows[0]);
}

export async function countStrayChunks(connections: Connections, project: string): Promise<number> {
  // One statement, so one moment: a pack comes and goes with its chunks.
  const { rows } = await connections.query<{ stray: string }>(
    `SELECT count(*) AS stray FROM vault.chunks c
      WHERE c.project = $1
        AND NOT EXISTS (SELECT FROM vault.packs p WHERE p.number = c.pack AND p.project = c.project)`,
    [project],
  );
  return Number(rows[0]?.stray);
}

export async function* projectsOf(connections: Connections): AsyncGenerator<string> {
  const { rows } = await connections.query<{ project: string }>(
    'SELECT project FROM vault.packs UNION SELECT project FROM vault.manifests UNION SELECT project FROM vault.rebuilds ORDER BY project',
  );
  for (const { project } of rows) yield project;
}

export async function forgetChunks(
  connections: Connections,
  project: string,
  packId: Buffer,
  ids: readonly Buffer[],
): Promise<void> {
  await inTransaction(connections, async (client) => {
    await doubtSummariesNaming(client, project, packId);
    await client.query(
      `DELETE FROM vault.chunks c USING vault.packs p
        WHERE p.project = $1 AND p.id = $2 AND c.project = p.project AND c.pack = p.number
          AND c.id IN (SELECT id FROM ${idRows('$3')} AS bad)`,
      [project, packId, joinIds(ids)],
    );
  });
}

export async function isBeingRebuilt(connections: Connections, project: string): Promise<boolean> {
  const { rowCount } = await connections.query('SELECT FROM vault.rebuilds WHERE project = $1', [project]);
  return rowCount !== 0;
}

export async function countRebuilds(connections: Connections, project: string): Promise<number> {
  const { rows } = await connections.query<{ rebuilds: string }>(
    'SELECT rebuilds FROM vault.projects WHERE project = $1',
    [project],
  );
  return Number(rows[0]?.rebuilds ?? 0);
}

/** See `Catalogue.unsecured()`. One statement, so one moment: references move in one transaction with what they name. */
export async function unsecured(
  connections: Connections,
  project: string,
  objectKey: string,
  ids: readonly Buffer[],
): Promise<Buffer[]> {
  const { rows } = await connections.query<{ id: Buffer }>(
    `SELECT asked.id
       FROM ${idRows('$3')} AS asked
       JOIN vault.manifests m ON m.project = $1 AND m.object_key = $2 AND m.summary_of = m.object_key
      WHERE m.summary_packs = (
        SELECT count(*) FROM vault.manifest_packs r JOIN vault.packs p ON p.number = r.pack
         WHERE r.manifest = m.number AND p.state <> 'deleting')
        AND NOT EXISTS (
        SELECT FROM vault.chunks c
          JOIN vault.manifest_packs r ON r.manifest = m.number AND r.pack = c.pack
         WHERE c.project = $1 AND c.id = asked.id)`,
    [project, objectKey, joinIds(ids)],
  );
  return rows.map(({ id }) => id);
}

/** See `Catalogue.needsOf()`. One statement, so one moment, as above. */
export async function needsOf(
  connections: Connections,
  project: string,
  snapshotId: string,
): Promise<ManifestNeeds | null> {
  const { rows } = await connections.query<NeedsRow>(
    `SELECT m.snapshot_id, m.object_key, m.bytes, m.published_at, p.id AS pack, p.bytes AS pack_bytes,
            CASE WHEN m.summary_of = m.object_key THEN m.summary_packs END AS packs
       FROM vault.manifests m
       LEFT JOIN vault.manifest_packs r ON r.manifest = m.number
       LEFT JOIN vault.packs p ON p.number = r.pack AND p.state <> 'deleting'
      WHERE m.project = $1 AND m.snapshot_id = $2
      ORDER BY p.number`,
    [project, snapshotId],
  );
  const [first] = rows;
  if (first === undefined) return null;
  const packs = rows.flatMap(({ pack, pack_bytes }) => (pack === null ? [] : { id: pack, bytes: Number(pack_bytes) }));
  return { manifest: toManifestRecord(first), packs: packs.length === first.packs ? packs : null };
}

type NeedsRow = Parameters<typeof toManifestRecord>[0] & {
  pack: Buffer | null;
  pack_bytes: string | null;
  packs: number | null;
};
