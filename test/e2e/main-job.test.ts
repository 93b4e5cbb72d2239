import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { rollbackCreate, snapshotCreate, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { watchRollback, watchSnapshot } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import { describeTree } from '../harness/compare-trees.js';
import { checkEvent } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

afterAll(async () => {
  await nothingIsLeft([place]).finally(() => service.stop());
});

describe('the main job', () => {
  it('takes a snapshot and brings database and files back to it', async () => {
    place = await createTestEnvironment(client, service.filestoreRoot);
    const { environment, database, filestorePath } = place;
    const path = { environmentId: environment.id };
    const files = await describeTree(filestorePath);

    const { id: snapshotId } = await result(snapshotCreate({ client, path, body: { label: 'good' } }));
    for await (const event of watchSnapshot(client, { ...path, snapshotId })) checkEvent('snapshotProgress', event);
    const snapshot = await result(snapshotView({ client, path: { ...path, snapshotId } }));
    expect(snapshot).toMatchObject({ status: 'completed', fileCount: 3, label: 'good', warnings: [] });
    const spans = snapshot.steps.map(({ name, status, detail, startedAt, finishedAt }) => {
      expect([name, startedAt <= (finishedAt ?? '')]).toEqual([name, true]);
      return [name, status, detail];
    });
    expect(spans.toSorted()).toEqual(
      ['database', 'filestore', 'prepare', 'publish'].map((name) => [name, 'completed', null]),
    );
    const [first, last] = [snapshot.steps[0]!, snapshot.steps.at(-1)!];
    expect([first.name, last.name]).toEqual(['prepare', 'publish']);
    expect(
      snapshot.steps
        .slice(1, -1)
        .every((one) => one.startedAt >= first.finishedAt! && one.finishedAt! <= last.startedAt),
    ).toBe(true);

    await query(database.address, `DELETE FROM items WHERE id > 10; CREATE TABLE junk (id int)`);
    await writeFile(join(filestorePath, 'a.txt'), 'broken');
    await rm(join(filestorePath, 'empty'));

    const { deploymentId } = await result(rollbackCreate({ client, path, body: { snapshotId } }));
    const seen: string[] = [];
    for await (const event of watchRollback(client, { deploymentId })) {
      checkEvent('rollbackProgress', event);
      seen.push(event.status);
    }
    expect(seen.at(-1)).toBe('completed');

    expect(await query(database.address, 'SELECT count(*)::int AS n FROM items')).toEqual([{ n: 100 }]);
    expect(await query(database.address, `SELECT to_regclass('junk') AS junk`)).toEqual([{ junk: null }]);
    expect(await describeTree(filestorePath)).toEqual(files);
  });
});
