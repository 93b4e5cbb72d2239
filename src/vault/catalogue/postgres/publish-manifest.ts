import type { ClientBase } from 'pg';
import type { CaptureLease } from '../catalogue.js';
import type { NewManifest, PackUse } from '../catalogue-records.js';
import { endCapture, holdLease } from './capture-leases.js';
import { claimPacks, writeReferences, type References } from './manifest-references.js';

const REPLACED = 'SELECT number FROM vault.manifests WHERE project = $1 AND snapshot_id = $2 FOR UPDATE';

const INSERT = `
  INSERT INTO vault.manifests AS m (project, snapshot_id, object_key, bytes)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (project, snapshot_id) DO UPDATE
     SET number = DEFAULT, object_key = EXCLUDED.object_key, bytes = EXCLUDED.bytes, published_at = EXCLUDED.published_at,
         summary_of = NULL, summary_packs = NULL
  RETURNING number`;

/** Within the caller's transaction; see `Catalogue.publish()`. */
export async function publishManifest(
  client: ClientBase,
  lease: CaptureLease,
  leaseMs: number,
  manifest: NewManifest,
  uses: Iterable<PackUse>,
): Promise<void> {
  await holdLease(client, lease, leaseMs, 'UPDATE');
  const references = await claimPacks(client, lease.project, uses);
  await insertManifest(client, lease.project, lease.snapshotId, manifest, references);
  await endCapture(client, lease);
}

/** `references` are to packs that the transaction holds; without them a collection finds out what the manifest needs. */
export async function insertManifest(
  client: ClientBase,
  project: string,
  snapshotId: string,
  manifest: NewManifest,
  references?: References,
): Promise<void> {
  // The row before its references, as whoever deletes it: so they wait for each other, and never in a circle.
  const { rows: replaced } = await client.query<{ number: string }>(REPLACED, [project, snapshotId]);
  for (const { number } of replaced) {
    await client.query('DELETE FROM vault.manifest_packs WHERE manifest = $1', [number]);
  }
  const { rows } = await client.query<{ number: string }>(INSERT, [
    project,
    snapshotId,
    manifest.objectKey,
    manifest.bytes,
  ]);
  if (references !== undefined) await writeReferences(client, rows[0]!.number, references);
}
