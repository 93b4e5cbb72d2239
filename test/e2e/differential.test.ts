import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  settingsUpdate,
  snapshotCreate,
  snapshotDelete,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotCreate, SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { RACY_MS } from '../../src/engine/filestore/reading/file-state.js';
import { describeTree } from '../harness/compare-trees.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { withVault } from '../harness/vault-view.js';
import { nothingIsLeft } from './leftovers.js';
import { endOfSnapshot, rollBack } from './outcomes.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

afterAll(async () => {
  await nothingIsLeft(places).finally(() => service.stop());
});

/** An environment whose files are old enough to be known by their times. */
async function createEnvironment(): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot);
  places.push(place);
  await sleep(RACY_MS + 100);
  return place;
}

async function capture({ environment }: TestEnvironment, body: SnapshotCreate = {}): Promise<SnapshotDetails> {
  const path = { environmentId: environment.id };
  const { id: snapshotId } = await result(snapshotCreate({ client, path, body }));
  return endOfSnapshot(client, { ...path, snapshotId });
}

const rowsOf = ({ database }: TestEnvironment) => query(database.address, 'SELECT id, name FROM items ORDER BY id');

describe('the second snapshot of an environment', () => {
  it('reads what has changed, and brings back everything', async () => {
    const place = await createEnvironment();
    await query(place.database.address, 'CREATE TABLE changing AS SELECT 1 AS n');
    const first = await capture(place);
    expect(first).toMatchObject({ status: 'completed', type: 'full', baseSnapshotId: null, carriedOverBytes: 0 });
    await query(place.database.address, 'INSERT INTO changing VALUES (2)');
    await writeFile(join(place.filestorePath, 'new.txt'), 'new');
    const files = await describeTree(place.filestorePath);
    const rows = await rowsOf(place);

    const second = await capture(place);
    expect(second).toMatchObject({ status: 'completed', type: 'differential', baseSnapshotId: first.id, fileCount: 4 });
    // The two rows of the table that changed, and the new file.
    expect(second.readBytes).toBe('1\n2\n'.length + 'new'.length);
    expect(second.carriedOverBytes).toBe(first.readBytes! - '1\n'.length);

    await query(place.database.address, 'DROP TABLE changing; DELETE FROM items');
    await writeFile(join(place.filestorePath, 'a.txt'), 'broken');
    const log = await rollBack(client, place.environment.id, { snapshotId: second.id, createSafetySnapshot: false });
    expect(log).toMatchObject({ status: 'completed', failure: null });
    expect(await rowsOf(place)).toEqual(rows);
    expect(await query(place.database.address, 'SELECT n FROM changing ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await describeTree(place.filestorePath)).toEqual(files);
  });

  it('is what was asked for, and a differential is refused where there is nothing to build on', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    const refused = await snapshotCreate({ client, path, body: { type: 'differential' } });
    expect([refused.response?.status, refused.error?.code]).toEqual([409, 'no-base']);
    const first = await capture(place);
    expect(await capture(place, { type: 'differential' })).toMatchObject({
      type: 'differential',
      baseSnapshotId: first.id,
    });
    expect(await capture(place, { type: 'full' })).toMatchObject({ type: 'full', baseSnapshotId: null });
  });

  it('keeps its base from being deleted, and goes before it', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    const base = await capture(place);
    const differential = await capture(place);
    const remove = (snapshotId: string) => snapshotDelete({ client, path: { ...path, snapshotId } });
    expect((await remove(base.id)).error?.code).toBe('snapshot-is-base');
    expect((await remove(differential.id)).response?.status).toBe(204);
    expect((await remove(base.id)).response?.status).toBe(204);
  });

  it('is a full one when the base cannot be read any more', async () => {
    const place = await createEnvironment();
    const base = await capture(place);
    await withVault(service, async ({ vault }) => vault.deleteManifest(place.project.id, base.id));
    expect(await capture(place)).toMatchObject({ status: 'completed', type: 'full', baseSnapshotId: null });
  });
});

describe('files the database refers to', () => {
  it('fail the snapshot when they are missing, or are a warning of it', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    await query(
      place.database.address,
      `CREATE TABLE attachments (path text); INSERT INTO attachments VALUES ('a.txt'), ('sub/b.txt')`,
    );
    await result(settingsUpdate({ client, path, body: { fileReferences: 'SELECT path FROM attachments' } }));
    expect(await capture(place)).toMatchObject({ status: 'completed', warnings: [] });
    await query(place.database.address, `INSERT INTO attachments VALUES ('gone.txt')`);
    expect(await capture(place)).toMatchObject({
      status: 'failed',
      failure: { code: 'dangling-references', message: expect.stringMatching(/^1 of the 3 files/) },
    });
    await result(settingsUpdate({ client, path, body: { failurePolicy: 'continue' } }));
    const warned = await capture(place);
    expect(warned).toMatchObject({ status: 'completed', warnings: [{ code: 'dangling-references' }] });
    expect(await result(snapshotView({ client, path: { ...path, snapshotId: warned.id } }))).toEqual(warned);
  });
});
