import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { buildStandby, removeStandby, type StandbyRequest } from '../../../src/engine/restore/standby/build-standby.js';
import { RefreshInDoubt } from '../../../src/engine/restore/standby/refresh-in-doubt.js';
import { refreshStandby } from '../../../src/engine/restore/standby/refresh-standby.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../harness/postgres-server.js';
import { SmallDisk } from '../../harness/small-disk.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { quietly } from './restore-fixture.js';

const project = randomUUID();
const directory = await mkdtemp(join(tmpdir(), 'snapback-test-standby-disk-'));
// The server's own user has to pass.
await chmod(directory, 0o755);
/** Where this user may mount them. */
const databases = await SmallDisk.mount(join(directory, 'server'), 256);
const filestores = databases && (await SmallDisk.mount(join(directory, 'filestores'), 16));
let server: PostgresServer;
let database: TestDatabase;
let vault: VaultFixture;
let snapshotId: string;
const files = join(directory, 'filestores/files');

async function request(): Promise<StandbyRequest> {
  const like = await gatherDatabaseFacts(database.address);
  return {
    ...{ project, snapshotId, standbyId: randomUUID() },
    ...{ database: { address: database.address, like, sessions: 1 }, filestore: { path: files } },
  };
}

async function take(): Promise<void> {
  snapshotId = randomUUID();
  await capture({ project, snapshotId, database: database.address, filestore: files }, vault.vault, quietly);
}

/** Databases, and whatever is beside the files. */
async function beside(): Promise<unknown[]> {
  const databases = await query(server.address('postgres'), `SELECT FROM pg_database WHERE datname LIKE 'snapback%'`);
  return [...databases, ...(await readdir(join(directory, 'filestores'))).filter((name) => name.startsWith('.'))];
}

describe.skipIf(filestores === undefined)('a standby for which there is no room', () => {
  beforeAll(async () => {
    const settings = { max_wal_size: '32MB', min_wal_size: '32MB' };
    server = await startPostgresServer({ parent: join(directory, 'server'), settings });
    [database, vault] = await Promise.all([createTestDatabase({ server: server.address('postgres') }), makeVault()]);
    await query(
      database.address,
      'CREATE TABLE big AS SELECT n AS id, repeat(md5(n::text), 100) AS text FROM generate_series(1, 9000) n; CREATE TABLE few (n int, text text)',
    );
    await mkdir(files);
    for (const name of ['one', 'two', 'three']) await writeFile(join(files, name), name.repeat(300_000));
    await take();
  }, 120_000);

  afterAll(async () => {
    await vault?.remove();
    await server?.remove();
    for (const disk of [databases, filestores]) await disk?.unmount();
    await rm(directory, { recursive: true, force: true });
  });

  it.each([
    ['on the server', databases!],
    ['beside the filestore', filestores!],
  ])('%s leaves nothing behind, and is built when there is some', { timeout: 60_000 }, async (_, disk) => {
    const wanted = await request();
    await disk.fill();
    try {
      await expect(buildStandby(wanted, vault.vault, quietly)).rejects.toMatchObject({ code: 'disk-full' });
    } finally {
      await disk.free();
    }
    expect(await beside()).toEqual([]);
    const { built } = await buildStandby(wanted, vault.vault, quietly);

    await query(database.address, "INSERT INTO few SELECT n, repeat('x', 300) FROM generate_series(1, 9000) n");
    await writeFile(join(files, randomUUID()), randomBytes(1_500_000));
    const held = { snapshotId, built };
    await take();
    const newer = await request();
    let begun = false;
    const context = { ...quietly, begin: async () => void (begun = true) };
    await disk.fill();
    try {
      // What has been begun is nobody's standby any more; its keeper removes it.
      expect(await refreshStandby(held, newer, vault.vault, context)).toBeInstanceOf(RefreshInDoubt);
    } finally {
      await disk.free();
    }
    expect(begun).toBe(true);
    expect(await removeStandby(wanted)).toEqual([]);
  });
});
