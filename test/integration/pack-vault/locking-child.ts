import { Pool } from 'pg';
import { S3Backend } from '../../../src/vault/backend/s3/s3-backend.js';
import type { S3BackendOptions } from '../../../src/vault/backend/s3/s3-options.js';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { MasterKey } from '../../../src/vault/keys/master-key.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { DeadlyBackend, DeadlySteps, deadlyConnections } from '../../faults/vault/deadly-steps.js';
import { noise } from '../../conformance/content.js';
import { inParts } from './fixture.js';

/** What `locks.test.ts` has a process do that is killed on the way. */
export interface LockingOrders {
  databaseUrl: string;
  s3: S3BackendOptions;
  masterKey: string;
  project: string;
  snapshotId: string;
  contents: string[];
  /** Killed at this step of the publication. */
  nth: number;
}

const orders = JSON.parse(process.env['LOCKING_ORDERS'] ?? '') as LockingOrders;
const steps = new DeadlySteps(orders.nth);
const vault = new PackVault({
  backend: new DeadlyBackend(new S3Backend(orders.s3), steps.step),
  catalogue: new PostgresCatalogue(
    deadlyConnections(new Pool({ connectionString: orders.databaseUrl, ssl: false }), steps.step),
  ),
  masterKey: MasterKey.fromBase64(orders.masterKey),
  lanes: 1,
});
const header = { snapshotId: orders.snapshotId, createdAt: new Date().toISOString(), tools: {} };
const writer = await vault.beginCapture(orders.project, header);
for (const [index, name] of orders.contents.entries()) {
  const content = await writer.store(inParts(noise(name, 40_000)));
  const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };
  await writer.add({ kind: 'file', path: `utf8:file-${index}`, ...attributes, content });
}
steps.arm();
await writer.publish();
process.exit(0);
