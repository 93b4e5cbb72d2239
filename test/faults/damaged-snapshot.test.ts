import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { rollbackPlan, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { nothingIsLeft, statesBeside } from '../e2e/leftovers.js';
import { changeBoth, stateOf } from '../e2e/marked-environment.js';
import { rollBack, takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { lastChunkOf, withVault } from '../harness/vault-view.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;
const places: TestEnvironment[] = [];
let snapshotId: string;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

// Of its own for each test: what the service has read once, it may still know.
beforeEach(async () => {
  place = await createTestEnvironment(client, service.filestoreRoot);
  places.push(place);
  ({ id: snapshotId } = await takeSnapshot(client, place.environment.id));
  await changeBoth(place);
});

afterAll(async () => {
  await nothingIsLeft(places).finally(() => service.stop());
});

const fileOf = (key: string): string => join(service.directory, 'data', 'vault', key);

/** Of the snapshot's database, or of one of its files. */
type Part = 'database' | 'file';

async function lastChunk(part: Part): Promise<{ path: string; offset: number; storedBytes: number }> {
  const snapshot = { project: place.project.id, snapshotId };
  const chunk = await lastChunkOf(service, snapshot, ({ kind }) => (kind === 'file') === (part === 'file'));
  return { ...chunk, path: fileOf(chunk.key) };
}

const packWith = async (part: Part) => (await lastChunk(part)).path;

function manifestFile(): Promise<string> {
  return withVault(service, async ({ catalogue }) => {
    const manifest = await catalogue.findManifest(place.project.id, snapshotId);
    return fileOf(manifest!.objectKey);
  });
}

/** In the chunk itself: what else lies in its pack depends on how many threads there were, and some of it no rollback reads. */
async function flipOneBit(part: Part): Promise<void> {
  const { path, offset, storedBytes } = await lastChunk(part);
  const bytes = await readFile(path);
  const middle = offset + Math.floor(storedBytes / 2);
  bytes[middle] = bytes[middle]! ^ 1;
  await writeFile(path, bytes);
}

const DAMAGES = [
  ['one bit of the database', () => flipOneBit('database')],
  ['one bit of a file', () => flipOneBit('file')],
  ['a pack', async () => rm(await packWith('file'))],
  ['the end of a pack', async () => truncate(await packWith('database'), 100)],
  ['the end of the manifest', async () => truncate(await manifestFile(), 200)],
  ['the manifest', async () => rm(await manifestFile())],
] as const;

describe('a snapshot that has suffered in the vault', () => {
  it.each(sampleOf(DAMAGES, 3))('is not rolled back to when %s is gone', async (_, damage) => {
    await damage();
    const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
    expect(log).toMatchObject({ status: 'failed', failure: { code: 'snapshot-damaged' }, downtimeMs: null });
    expect(log).toMatchObject({ keptDatabase: null, keptDirectory: null, warnings: [] });
    expect(log.steps.map(({ name }) => name)).not.toContain('cutover');
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    expect(await statesBeside(place)).toEqual([]);
  });

  it('is as good as before when what it lost is put back and a check has seen that', async () => {
    const path = await packWith('file');
    const whole = await readFile(path);
    await flipOneBit('file');
    const failed = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
    expect(failed.failure?.code).toBe('snapshot-damaged');
    await writeFile(path, whole);
    // What the rollback found refuted it.
    expect(await runVaultProgram('check', '--read', '--project', place.project.id)).toMatchObject({ status: 0 });
    const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
    expect(log.status).toBe('completed');
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });

  it('is found by a check, marked in the API, and not marked any more once it is whole again', async () => {
    const path = await packWith('file');
    const whole = await readFile(path);
    await flipOneBit('file');
    const found = await runVaultProgram('check', '--read', '--project', place.project.id);
    expect(found).toMatchObject({ status: 1, stdout: expect.stringContaining(`snapshot ${snapshotId} is damaged`) });
    const where = { environmentId: place.environment.id, snapshotId };
    const restorability = async () => (await result(snapshotView({ client, path: where }))).restorability;
    expect(await restorability()).toMatchObject({ state: 'refuted', findings: [{ code: 'snapshot-damaged' }] });
    const plan = await result(rollbackPlan({ client, path: where, body: { snapshotId } }));
    expect(plan).toMatchObject({ allowed: false, refusals: [{ code: 'snapshot-refuted' }] });

    await writeFile(path, whole);
    expect(await runVaultProgram('check', '--read', '--project', place.project.id)).toMatchObject({ status: 0 });
    expect(await restorability()).toEqual({ state: 'expected', findings: [], provenAt: null });
  });

  it('cannot be looked for in a place where there is no vault', async () => {
    const nowhere = join(service.directory, 'nowhere');
    const { status, stderr } = await runVaultProgram('check', { VAULT_PATH: nowhere });
    expect([status, stderr]).toEqual([1, `There is no vault at ${nowhere}; set VAULT_PATH or DATA_DIR.\n`]);
    expect(existsSync(nowhere)).toBe(false);
  });
});

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

/** `npm run vault -- …`, with the service's own configuration; variables may come last. */
async function runVaultProgram(...given: (string | NodeJS.ProcessEnv)[]): Promise<Ended> {
  const args = given.filter((word): word is string => typeof word === 'string');
  const [more] = given.filter((word): word is NodeJS.ProcessEnv => typeof word !== 'string');
  const program = join(import.meta.dirname, '..', '..', 'dist', 'src', 'vault.cli.js');
  const env = { PATH: process.env['PATH'], ...service.env, ...more };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}
