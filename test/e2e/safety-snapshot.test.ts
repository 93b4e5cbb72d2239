import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { rollbackPlan, settingsUpdate, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { nothingIsLeft } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { rollBack, takeSnapshot } from './outcomes.js';

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

/** An environment whose rows refer to its files, and that blocks whatever has a row without its file. */
async function newPlace(): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot);
  places.push(place);
  await query(
    place.database.address,
    `CREATE TABLE attachments (path text); INSERT INTO attachments VALUES ('a.txt'), ('sub/b.txt')`,
  );
  const body = { fileReferences: 'SELECT path FROM attachments', failurePolicy: 'block' } as const;
  await result(settingsUpdate({ client, path: { environmentId: place.environment.id }, body }));
  return place;
}

describe('a safety snapshot', () => {
  it.each(
    sampleOf(
      [
        [
          'files that rows refer to are gone',
          ({ filestorePath }: TestEnvironment) => rm(join(filestorePath, 'sub/b.txt')),
          'dangling-references',
        ],
        [
          'the table that names them is gone',
          ({ database }: TestEnvironment) =>
            query(database.address, 'ALTER TABLE attachments RENAME TO old_attachments'),
          'file-references-failed',
        ],
      ] as const,
      1,
    ),
  )('is no obstacle to a rollback when %s, and says so', async (_, deploy, code) => {
    const place = await newPlace();
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    await changeBoth(place);
    await deploy(place);
    // Any other snapshot of this state fails.
    await expect(takeSnapshot(client, place.environment.id)).rejects.toThrow('failed');
    const path = { environmentId: place.environment.id };
    expect(await result(rollbackPlan({ client, path, body: { snapshotId } }))).toMatchObject({ allowed: true });
    const log = await rollBack(client, place.environment.id, { snapshotId });
    expect(log).toMatchObject({ status: 'completed', failure: null });
    expect(log.warnings).toMatchObject([{ code: 'safety-snapshot-warnings', message: expect.any(String) }]);
    const safety = { ...path, snapshotId: log.safetySnapshotId! };
    expect(await result(snapshotView({ client, path: safety }))).toMatchObject({
      status: 'completed',
      trigger: 'safety',
      warnings: [{ code }],
    });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });

  it('is no obstacle when a deployment left a table that its role may not read: it has the rest, and says so', async () => {
    const place = await newPlace();
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    await changeBoth(place);
    await query(place.database.admin, 'CREATE TABLE public.left_by_a_deployment AS SELECT 1 AS n');
    await expect(takeSnapshot(client, place.environment.id)).rejects.toThrow('failed');
    const log = await rollBack(client, place.environment.id, { snapshotId });
    expect(log).toMatchObject({ status: 'completed', failure: null });
    expect(log.warnings).toMatchObject([{ code: 'safety-snapshot-warnings' }]);
    const path = { environmentId: place.environment.id, snapshotId: log.safetySnapshotId! };
    expect(await result(snapshotView({ client, path }))).toMatchObject({
      restorability: {
        state: 'doubtful',
        findings: expect.arrayContaining([
          { code: 'left-out', message: expect.stringContaining('left_by_a_deployment'), blocking: false },
        ]),
      },
    });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });
});
