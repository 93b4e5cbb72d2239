import type { ClientBase } from 'pg';
import type { CaptureLease, NewManifest, PackState } from './catalogue.js';
import { CatalogueError } from './catalogue-error.js';
import { endCapture, holdLease } from './capture-leases.js';
import { idRows, joinIds } from './id-list.js';

// Locked in the order of their numbers, as by collections, so that nobody waits in a circle. Not FOR SHARE: taking a pack
// back would have to strengthen that, and two publications of one pack would wait for each other for ever.
const LOCK_PACKS = `
  SELECT p.number, p.state
    FROM vault.packs p
   WHERE p.project = $1 AND p.id IN (SELECT id FROM ${idRows('$2')} AS named)
   ORDER BY p.number
     FOR NO KEY UPDATE OF p`;

const INSERT = `
  INSERT INTO vault.manifests AS m (project, snapshot_id, object_key, bytes)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (project, snapshot_id) DO UPDATE
     SET object_key = EXCLUDED.object_key, bytes = EXCLUDED.bytes, published_at = EXCLUDED.published_at`;

/** Within the caller's transaction; see `Catalogue.publish()`. */
export async function publishManifest(
  client: ClientBase,
  lease: CaptureLease,
  leaseMs: number,
  manifest: NewManifest,
  packIds: Iterable<Buffer>,
): Promise<void> {
  const distinct = new Map<string, Buffer>();
  for (const id of packIds) distinct.set(id.toString('latin1'), id);

  await holdLease(client, lease, leaseMs, 'UPDATE');
  await claimPacks(client, lease.project, [...distinct.values()]);
  await insertManifest(client, lease.project, lease.snapshotId, manifest);
  await endCapture(client, lease);
}

export async function insertManifest(
  client: ClientBase,
  project: string,
  snapshotId: string,
  manifest: NewManifest,
): Promise<void> {
  await client.query(INSERT, [project, snapshotId, manifest.objectKey, manifest.bytes]);
}

async function claimPacks(client: ClientBase, project: string, ids: readonly Buffer[]): Promise<void> {
  const { rows } = await client.query<{ number: string; state: PackState }>(LOCK_PACKS, [project, joinIds(ids)]);
  if (rows.length < ids.length) {
    throw new CatalogueError(
      'pack-missing',
      `${ids.length - rows.length} of the ${ids.length} packs the snapshot needs are not in the catalogue. Capture it again.`,
    );
  }
  const doomed = rows.filter(({ state }) => state === 'deleting').length;
  if (doomed > 0) {
    throw new CatalogueError(
      'pack-condemned',
      `${doomed} of the ${ids.length} packs the snapshot needs are being deleted. Capture it again.`,
    );
  }
  const condemned = rows.filter(({ state }) => state === 'condemned').map(({ number }) => number);
  if (condemned.length === 0) return;
  await client.query(
    "UPDATE vault.packs SET state = 'live', condemned_at = NULL, fence = NULL WHERE number = ANY ($1::bigint[])",
    [condemned],
  );
}
