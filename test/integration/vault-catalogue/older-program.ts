import { endCapture, holdLease } from '../../../src/vault/catalogue/postgres/capture-leases.js';
import { LEASE_MS, type CaptureLease } from '../../../src/vault/catalogue/catalogue.js';
import { type NewManifest, type PackUse } from '../../../src/vault/catalogue/catalogue-records.js';
import { CatalogueError } from '../../../src/vault/catalogue/catalogue-error.js';
import { inTransaction, type Connections } from '../../../src/vault/catalogue/postgres/connections.js';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';

/** The catalogue as a program uses it that was started before what manifests need was written down, and still runs. */
export class OlderCatalogue extends PostgresCatalogue {
  constructor(private readonly own: Connections) {
    super(own);
  }

  override async publish(lease: CaptureLease, manifest: NewManifest, uses: Iterable<PackUse>): Promise<void> {
    await inTransaction(this.own, async (client) => {
      const ids = Array.from(uses, ({ packId }) => packId);
      await holdLease(client, lease, LEASE_MS, 'UPDATE');
      const { rows } = await client.query<{ number: string; state: string }>(
        `SELECT number, state FROM vault.packs WHERE project = $1 AND id = ANY ($2::bytea[])
          ORDER BY number FOR NO KEY UPDATE`,
        [lease.project, ids],
      );
      if (rows.length < new Set(ids.map((id) => id.toString('hex'))).size) {
        throw new CatalogueError('pack-missing', 'A pack is missing.');
      }
      if (rows.some(({ state }) => state === 'deleting')) throw new CatalogueError('pack-condemned', 'It is deleted.');
      await client.query(
        `UPDATE vault.packs SET state = 'live', condemned_at = NULL, fence = NULL
          WHERE number = ANY ($1::bigint[]) AND state = 'condemned'`,
        [rows.map(({ number }) => number)],
      );
      await client.query(
        `INSERT INTO vault.manifests (project, snapshot_id, object_key, bytes) VALUES ($1, $2, $3, $4)
         ON CONFLICT (project, snapshot_id) DO UPDATE
            SET object_key = EXCLUDED.object_key, bytes = EXCLUDED.bytes, published_at = EXCLUDED.published_at`,
        [lease.project, lease.snapshotId, manifest.objectKey, manifest.bytes],
      );
      await endCapture(client, lease);
    });
  }
}
