import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  changeSettings,
  connected,
  deploy,
  exportAsFile,
  listSnapshots,
  pin,
  planRollback,
  register,
  rollBack,
  takeOut,
  takeSnapshot,
  tellWhatWentWrong,
  undoRollback,
} from '../../sdk/typescript/examples/calls.js';
import type { Snapback } from '../../sdk/typescript/index.js';
import { createTestDatabase, query } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';

let service: TestService;
let database: TestDatabase;
let snapback: Snapback;
let environmentId: string;
let snapshotId: string;
const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);

const rows = async () =>
  (await query<{ n: number }>(database.address, 'SELECT n FROM items ORDER BY n')).map(({ n }) => n);

/** What the calls have printed since somebody asked. */
function said(): string {
  const text = printed.mock.calls.map((words) => words.join(' ')).join('\n');
  printed.mockClear();
  return text;
}

beforeAll(async () => {
  service = await startTestService();
  database = await createTestDatabase();
  await query(database.address, 'CREATE TABLE items (n int); INSERT INTO items VALUES (1), (2)');
  snapback = connected(service.url, async () => testToken());
});

afterAll(async () => {
  printed.mockRestore();
  await service.stop();
  await database.drop();
});

// In the order of README.md: each goes on where the one before it ended.
describe('the calls that README.md of the TypeScript SDK shows', { timeout: 60_000 }, () => {
  it('register an environment, and take a snapshot of it', async () => {
    const { host, port, database: name, user, password } = database.address;
    const filestorePath = join(service.filestoreRoot, 'shop');
    await mkdir(filestorePath);
    await writeFile(join(filestorePath, 'a.txt'), 'alpha\n');
    environmentId = await register(snapback, password, { host, port, database: name, user, filestorePath });
    snapshotId = await takeSnapshot(snapback, environmentId);
    expect(said()).toMatch(/100 % [\s\S]*\d+ bytes of database, 1 files$/);
    expect(await snapback.snapshots.view(environmentId, snapshotId)).toMatchObject({
      status: 'completed',
      label: 'before 17.0',
      fileCount: 1,
    });
  });

  it('list snapshots, and pin one', async () => {
    await listSnapshots(snapback, environmentId);
    expect(said()).toMatch(new RegExp(`^1 in all\n${snapshotId} before 17\\.0 `));
    await pin(snapback, environmentId, snapshotId);
    expect(await snapback.snapshots.list(environmentId, { pinned: true }).toArray()).toMatchObject([
      { id: snapshotId },
    ]);
  });

  it('plan a rollback, do it, and undo it', async () => {
    await query(database.address, 'DELETE FROM items WHERE n = 1');
    await planRollback(snapback, environmentId, snapshotId);
    expect(said()).toMatch(/^true /);
    expect(await rows()).toEqual([2]);
    const deploymentId = await rollBack(snapback, environmentId, snapshotId);
    expect(said()).toMatch(/^down for \d+ ms$/);
    expect(await rows()).toEqual([1, 2]);
    await undoRollback(snapback, deploymentId);
    expect(await rows()).toEqual([2]);
  });

  it('take a file and a table out, and take them back', async () => {
    await takeOut(snapback, environmentId, snapshotId);
    expect(said()).toMatch(/^a\.txt\.restored-\S+ /);
    const [restore] = await snapback.items.list(environmentId).toArray();
    expect(restore).toMatchObject({ status: 'undone', finding: null });
    const watched = [];
    for await (const { status, final } of snapback.items.watch(environmentId, restore!.id))
      watched.push([status, final]);
    expect(watched.at(-1)).toEqual(['undone', true]);
  });

  it('have a snapshot as a file', async () => {
    const file = join(service.directory, 'export.zip');
    await exportAsFile(snapback, environmentId, snapshotId, file);
    expect(said()).toMatch(/^production-\d{8}T\d{6}Z-[0-9a-f-]{36}\.zip is kept until 20/);
    const [made] = await snapback.exports.list(environmentId).toArray();
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    expect(made).toMatchObject({ status: 'completed', sha256 });
    expect((await snapback.exports.download(environmentId, made!.id)).name).toBe(made!.fileName);
    const watched = [];
    for await (const { status, final } of snapback.exports.watch(environmentId, made!.id))
      watched.push([status, final]);
    expect(watched.at(-1)).toEqual(['completed', true]);
    expect(await snapback.exports.delete(environmentId, made!.id)).toMatchObject({ status: 'removed' });
    await expect(snapback.waitForExport(environmentId, made!.id)).rejects.toMatchObject({
      name: 'ExportNotCompletedError',
    });
  });

  it('deploy behind the gate, once', async () => {
    await deploy(snapback, environmentId, 'job-1');
    await expect(deploy(snapback, environmentId, 'job-1')).rejects.toMatchObject({ name: 'DeploymentEndedError' });
    expect(await snapback.deployments.list(environmentId, { status: 'completed' }).toArray()).toContainEqual(
      expect.objectContaining({ version: '17.0', kind: 'deploy' }),
    );
  });

  it('change settings, and tell what went wrong', async () => {
    const { retentionDays } = await snapback.settings.view(environmentId);
    await changeSettings(snapback, environmentId);
    expect(await snapback.settings.view(environmentId)).toMatchObject({ retentionDays: retentionDays + 30 });
    await tellWhatWentWrong(snapback, environmentId, crypto.randomUUID());
    expect(said()).toMatch(/^There is no snapshot .* that you may see\.$/);
    const nowhere = connected(`http://127.0.0.1:${await freePort()}`, async () => testToken());
    const refused = nowhere.projects.create({ name: 'nowhere' });
    await expect(refused).rejects.toMatchObject({ name: 'NoAnswerError', outcomeUnknown: false });
  });
});
