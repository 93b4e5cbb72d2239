import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { LocalVault } from '../../src/vault/local-vault.js';
import { ProjectLayout } from '../../src/vault/project-layout.js';
import { nothingIsLeft, statesBeside } from '../e2e/leftovers.js';
import { changeBoth, stateOf } from '../e2e/marked-environment.js';
import { rollBack, takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;
let snapshotId: string;
let layout: ProjectLayout;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  layout = new ProjectLayout(join(service.directory, 'data', 'vault'), place.project.id);
  ({ id: snapshotId } = await takeSnapshot(client, place.environment.id));
  await changeBoth(place);
});

afterAll(async () => {
  await nothingIsLeft([place]).finally(() => service.stop());
});

/** Where the last piece of the snapshot's database, or of one of its files, lies. */
async function pieceOf(kind: 'database-archive' | 'file'): Promise<string> {
  const vault = new LocalVault({ root: layout.root });
  for await (const entry of vault.readEntries(place.project.id, snapshotId)) {
    if (entry.kind === kind && entry.content.bytes > 0) return layout.chunk(entry.content.chunks.at(-1)!.id);
  }
  throw new Error(`The snapshot has no ${kind}.`);
}

async function flipOneBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = bytes[middle]! ^ 1;
  await writeFile(path, bytes);
}

describe('a snapshot that has suffered in the vault', () => {
  it.each([
    ['one bit of the database', () => pieceOf('database-archive'), flipOneBit],
    ['one bit of a file', () => pieceOf('file'), flipOneBit],
    ['a piece of a file', () => pieceOf('file'), (path: string) => rm(path)],
    ['the end of the database', () => pieceOf('database-archive'), (path: string) => truncate(path, 100)],
    ['the end of the manifest', async () => layout.manifest(snapshotId), (path: string) => truncate(path, 200)],
    ['the manifest', async () => layout.manifest(snapshotId), (path: string) => rm(path)],
  ])('is not rolled back to when %s is gone', async (_, find, damage) => {
    const path = await find();
    const whole = await readFile(path);
    await damage(path);
    const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
    expect(log).toMatchObject({ status: 'failed', failure: { code: 'snapshot-damaged' }, downtimeMs: null });
    expect(log).toMatchObject({ keptDatabase: null, keptDirectory: null, warnings: [] });
    expect(log.steps.map(({ name }) => name)).not.toContain('cutover');
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    expect(await statesBeside(place)).toEqual([]);
    await writeFile(path, whole);
  });

  it('is as good as before when what it lost is put back', async () => {
    const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
    expect(log.status).toBe('completed');
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });
});
