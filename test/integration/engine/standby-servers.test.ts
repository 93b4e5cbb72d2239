import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';
import { buildStandby } from '../../../src/engine/restore/standby/build-standby.js';
import type { BuiltStandby } from '../../../src/engine/restore/standby/built-standby.js';
import { lookAtStandby, takeStandby } from '../../../src/engine/restore/standby/take-standby.js';
import { query } from '../../harness/database.js';
import { operatingSystemUser } from '../../harness/postgres-os-user.js';
import { type PostgresServer, startPostgresServer } from '../../harness/postgres-server.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { quietly } from './restore-fixture.js';

const run = promisify(execFile);
const project = randomUUID();
const snapshotId = randomUUID();
let server: PostgresServer;
let vault: VaultFixture;
let live: DatabaseAddress;
let built: BuiltStandby;

beforeAll(async () => {
  // Nothing but what a test asks for goes to the disk.
  const settings = { checkpoint_timeout: '1d', autovacuum: 'off' };
  [server, vault] = await Promise.all([startPostgresServer({ auth: 'trust', settings }), makeVault()]);
  await query(server.address('postgres'), 'CREATE DATABASE app');
  live = server.address('app');
  await query(live, 'CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) n');
  await capture({ project, snapshotId, database: live }, vault.vault, quietly);
});
afterAll(async () => {
  await Promise.all([server.remove(), vault.remove()]);
});

beforeEach(async () => {
  if (!server.running) await server.restart();
  const database = { address: live, like: await gatherDatabaseFacts(live), sessions: 1 };
  const made = await buildStandby({ project, snapshotId, standbyId: randomUUID(), database }, vault.vault, quietly);
  built = JSON.parse(JSON.stringify(made.built)) as BuiltStandby;
});

async function take() {
  const like = await gatherDatabaseFacts(live);
  const use = { attemptId: randomUUID(), database: { address: live, like, properties: 'captured' as const } };
  return takeStandby(built, use, quietly.signal);
}

async function program(name: string, options: readonly string[]): Promise<void> {
  const { uid, gid } = await operatingSystemUser();
  const path = join(dirname(await realpath((await findProgram('postgres')).path)), name);
  await run(path, [...options], { uid, gid, cwd: '/', env: { LC_ALL: 'C' } });
}

it('is not taken when the server was started again before all of it was seen on disk', async () => {
  expect(await lookAtStandby(built.database!, server.address('postgres'))).toBe('not yet');
  expect(await take()).toHaveProperty('database');
  await server.restart('immediate');
  expect(await take()).toMatchObject({ code: 'standby-unsafe' });
  expect(await lookAtStandby(built.database!, server.address('postgres'))).toMatchObject({ code: 'standby-unsafe' });
});

it('stands after the server was started again when all of it had been seen on disk', async () => {
  await query(server.address('postgres'), 'CHECKPOINT');
  expect(await lookAtStandby(built.database!, server.address('postgres'))).toBe('on disk');
  built.database!.onDisk = true;
  await server.restart('immediate');
  expect(await take()).toHaveProperty('database');
});

it('is not taken when the log that had it was thrown away', async () => {
  await server.stop('immediate');
  await program('pg_resetwal', ['-f', '-D', join(server.directory, 'data')]);
  await server.restart();
  expect('code' in (await take())).toBe(true);
});

it('is not taken from a server that was brought back from a backup of before', async () => {
  await query(server.address('postgres'), 'CHECKPOINT');
  built.database!.onDisk = true;
  const data = join(server.directory, 'data');
  await server.stop();
  await run('cp', ['-a', data, `${data}.backup`]);
  await server.restart();
  const database = { address: live, like: await gatherDatabaseFacts(live), sessions: 1 };
  const made = await buildStandby({ project, snapshotId, standbyId: randomUUID(), database }, vault.vault, quietly);
  const later = made.built;
  await server.stop();
  await run('sh', ['-c', `rm -rf '${data}' && mv '${data}.backup' '${data}'`]);
  await server.restart();
  // What was in the backup is as it was, and still stands; what came after it is gone.
  expect(await take()).toHaveProperty('database');
  built = later;
  expect(await take()).toMatchObject({ code: 'standby-missing' });
});
