import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../../src/config/load-configuration.js';
import { toReplicaTrouble } from '../../../src/replication/replica-trouble.js';
import { openStore } from '../../../src/vault-access/open-store.js';
import { replicaPlace } from '../../../src/vault-access/store-place.js';
import { LocalBackend } from '../../../src/vault/backend/local/local-backend.js';
import { openReplica } from '../../../src/vault/replica/open-replica.js';
import { S3Server } from '../../harness/s3-server.js';
import { SmallDisk } from '../../harness/small-disk.js';
import { flipped } from '../pack-vault/damage-fixture.js';
import { keysIn, VaultWithReplica } from './replica-fixture.js';

let both: VaultWithReplica;
beforeAll(async () => {
  both = await VaultWithReplica.create();
});
afterAll(() => both.remove());

describe('a replica in a bucket, with credentials of its own', () => {
  it('is copied to in parts, of which nothing is left when the pack turns out to be damaged', async () => {
    const s3 = await S3Server.start();
    const { accessKeyId, secretAccessKey } = s3.credentials;
    const place = replicaPlace(
      loadConfiguration({
        ...{ REPLICA_S3_BUCKET: s3.bucket, REPLICA_S3_ENDPOINT: s3.endpoint, REPLICA_S3_PREFIX: 'second' },
        ...{ REPLICA_S3_ACCESS_KEY_ID: accessKeyId, REPLICA_S3_SECRET_ACCESS_KEY: secretAccessKey },
      }),
    );
    const store = await openStore(place!);
    const replica = store.backend;
    try {
      await openReplica(both.parts.vault, replica, async () => false);
      const content = randomBytes(9_000_000);
      const snapshotId = await both.capture(content);
      const [pack] = (await both.parts.catalogue.needsOf(both.project, snapshotId))!.packs!;
      const id = pack!.id.toString('hex');
      const file = join(both.directory, 'vault/projects', both.project, 'packs', id.slice(0, 2), id);
      const whole = await readFile(file);
      await rm(file);
      await writeFile(file, flipped(whole, -500));
      await expect(both.copy(snapshotId, { replica })).rejects.toMatchObject({ code: 'replica-source-damaged' });
      expect(s3.store.keys()).not.toContainEqual(expect.stringContaining(id));
      expect(s3.store.uploads.size).toBe(0);
      await writeFile(file, whole);
      s3.faults.add({ fault: { kind: 'status', status: 503, code: 'SlowDown' }, times: 2 });
      expect(await both.copy(snapshotId, { replica })).toMatchObject({ state: 'copied', packs: 1 });
      expect(await both.readReplica(snapshotId, replica)).toEqual([content]);
      for (const key of s3.store.keys()) expect(key).toMatch(/^second\//);
    } finally {
      store.close();
      await s3.stop();
    }
  });
});

describe('a replica whose disk is full', () => {
  it('says so, has nothing half, and goes on when there is room', async (context) => {
    const disk = await SmallDisk.mount(join(both.directory, 'disk'), 4);
    if (disk === undefined) return context.skip('mounting needs more rights');
    try {
      await both.forgetReplica();
      const replica = await LocalBackend.open(join(disk.directory, 'replica'));
      await openReplica(both.parts.vault, replica, async () => false);
      const content = randomBytes(400_000);
      const snapshotId = await both.capture(content);
      await disk.fill();
      const full = await both.copy(snapshotId, { replica }).catch((error: unknown) => error);
      expect(toReplicaTrouble(full)).toMatchObject({ finding: { code: 'replica-full' }, needsPerson: false });
      expect((await keysIn(replica)).filter((key) => key.includes('/packs/'))).toEqual([]);
      await disk.free();
      expect(await both.copy(snapshotId, { replica })).toMatchObject({ state: 'copied' });
      expect(await both.readReplica(snapshotId, replica)).toEqual([content]);
    } finally {
      await disk.unmount();
    }
  });
});
