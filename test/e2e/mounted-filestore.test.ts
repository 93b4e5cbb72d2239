import { randomBytes } from 'node:crypto';
import { open, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { environmentCheck, rollbackPlan, rollbackUndo } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { describeTree } from '../harness/compare-trees.js';
import { query } from '../harness/database.js';
import { drawnTests } from '../harness/drawn-tests.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { SmallDisk } from '../harness/small-disk.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, endOfSnapshot, logOf, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

/* An environment whose filestore is a mount point, as the volumes of containers are. */

let service: TestService;
let client: Client;
let place: TestEnvironment;
/** Undefined where this user may not mount. */
let disk: SmallDisk | undefined;
let snapshotId: string;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 30 });
  disk = await SmallDisk.mount(place.filestorePath, 40);
  if (disk === undefined) return;
  await writeFile(join(place.filestorePath, 'a.txt'), 'alpha\n');
  await writeFile(join(place.filestorePath, 'only-captured.txt'), 'captured\n');
  ({ id: snapshotId } = await takeSnapshot(client, place.environment.id));
});

afterAll(async () => {
  await disk?.unmount();
  await nothingIsLeft([place]).finally(() => service.stop());
}, 60_000);

/** What the application sees at the top, without what is the service's own, and the time of the top itself, which that changes. */
async function files(root = place.filestorePath): Promise<string[]> {
  return (await describeTree(root)).filter(
    (line) => !line.startsWith('"./.this-mount.snapback-') && !line.startsWith('"." '),
  );
}

/** But for what is written into all the time. */
const quietFiles = async (root?: string) => (await files(root)).filter((line) => !line.includes('open.log'));

async function openToWrite(file: string): Promise<{ close: () => Promise<void> }> {
  const handle = await open(file, 'a');
  const writing = setInterval(() => void handle.appendFile('.').catch(() => undefined), 50);
  return {
    close: async () => {
      clearInterval(writing);
      await handle.close();
    },
  };
}

const path = () => ({ environmentId: place.environment.id });

describe('a filestore that is a mount point', { timeout: 120_000 }, () => {
  const scenario = drawnTests(1, { of: 2 });

  scenario('is found ready for a rollback, and its plan says what is particular', async ({ skip }) => {
    if (disk === undefined) return skip();
    const check = await result(
      environmentCheck({ client, path: { projectId: place.project.id, environmentId: place.environment.id } }),
    );
    expect(check).toMatchObject({ usable: true, rollbackReady: true, refusals: [] });
    expect(check.warnings.map(({ code }) => code)).toContain('filestore-is-mount-point');
    expect(await readdir(place.filestorePath)).toEqual(expect.arrayContaining(['a.txt']));
    expect(await readdir(place.filestorePath)).toHaveLength(2);
  });

  it('is rolled back, captured as it was, and swapped back byte for byte', async ({ skip }) => {
    if (disk === undefined) return skip();
    const captured = await files();
    await changeBoth(place);
    await writeFile(join(place.filestorePath, 'only-present.txt'), 'present\n');
    await rm(join(place.filestorePath, 'only-captured.txt'));
    // Somebody has a file open, and goes on writing into it.
    const writer = await openToWrite(join(place.filestorePath, 'open.log'));
    const present = await quietFiles();

    const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: true });
    expect(log).toMatchObject({ status: 'completed' });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    expect(await files()).toEqual(captured);
    expect(dirname(dirname(log.keptDirectory!))).toBe(place.filestorePath);
    expect(await quietFiles(log.keptDirectory!)).toEqual(present);

    const warned = await waitUntil('late writes are told', async () => {
      const now = await logOf(client, place.environment.id, log.deploymentId);
      return now.warnings.find(({ code }) => code === 'late-writes');
    });
    await writer.close();
    expect(warned.message).toContain('open.log');
    expect(warned.message).not.toContain('only-present.txt');
    const safety = await endOfSnapshot(client, { ...path(), snapshotId: log.safetySnapshotId! });
    expect(safety).toMatchObject({ status: 'completed' });
    expect(safety.fileCount).toBe(3);

    const undo = await result(rollbackUndo({ client, path: { deploymentId: log.deploymentId } }));
    const back = await endOfRollback(client, place.environment.id, undo.deploymentId);
    expect(back).toMatchObject({ status: 'completed' });
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    expect(await quietFiles()).toEqual(present);
    expect(await statesBeside(place)).toEqual([back.keptDatabase, back.keptDirectory]);

    const later = await takeSnapshot(client, place.environment.id);
    expect(later.fileCount).toBe(3);
    await query(service.database, `UPDATE rollback_logs SET kept_until = now()`);
    await waitUntil('what is kept is removed', async () => (await statesBeside(place)).length === 0);
    expect((await readdir(place.filestorePath)).toSorted()).toEqual(['a.txt', 'only-present.txt', 'open.log']);
  });

  scenario('that is full is refused, and is as it was', async ({ skip }) => {
    if (disk === undefined) return skip();
    await writeFile(join(place.filestorePath, 'large.bin'), randomBytes(1_000_000));
    const { id } = await takeSnapshot(client, place.environment.id);
    await disk.fill();
    const before = await files();
    const plan = await result(rollbackPlan({ client, path: path(), body: { snapshotId: id } }));
    expect(plan.refusals.map(({ code }) => code)).toEqual(['disk-space']);
    expect(await files()).toEqual(before);
    expect(await statesBeside(place)).toEqual([]);
    await disk.free();
  });
});
