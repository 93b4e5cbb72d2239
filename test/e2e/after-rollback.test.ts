import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentDelete,
  environmentView,
  rollbackUndo,
  settingsUpdate,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { RACY_MS } from '../../src/engine/filestore/reading/file-state.js';
import { describeTree } from '../harness/compare-trees.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

afterAll(async () => {
  for (const { project, environment } of places) {
    const path = { projectId: project.id, environmentId: environment.id };
    await environmentDelete({ client, path, query: { snapshots: 'delete' } });
  }
  await nothingIsLeft(places).finally(() => service.stop());
});

interface Place extends TestEnvironment {
  id: string;
}

/** Its files are old enough to be known by their times. */
async function newPlace(undoMinutes = 0, { project }: Partial<TestEnvironment> = {}): Promise<Place> {
  const place = await createTestEnvironment(client, service.filestoreRoot, {
    undoMinutes,
    ...(project && { project }),
  });
  places.push(place);
  await sleep(RACY_MS + 100);
  return { ...place, id: place.environment.id };
}

async function undo({ id }: Place, deploymentId: string): Promise<string> {
  const accepted = await result(rollbackUndo({ client, path: { deploymentId } }));
  const log = await endOfRollback(client, id, accepted.deploymentId);
  expect(log).toMatchObject({ status: 'completed', failure: null });
  return log.deploymentId;
}

/** States of the environment of which there are notes. */
const noted = ({ id }: Place) =>
  query<{ id: string; live: boolean }>(
    service.database,
    `SELECT r.id::text AS id, r.id = e.state_id AS live FROM restored_states r JOIN environments e ON e.id = r.environment_id
      WHERE e.id = '${id}' AND r.finished`,
  );

const WITHOUT_SAFETY = { createSafetySnapshot: false };

describe.concurrent('the snapshot after a rollback', { timeout: 90_000 }, () => {
  it('carries over what was rolled back to and reads what has changed since, and can be rolled back to in its turn', async () => {
    const place = await newPlace();
    const first = await takeSnapshot(client, place.id);
    await changeBoth(place);
    await rollBack(client, place.id, { snapshotId: first.id, ...WITHOUT_SAFETY });
    const unchanged = await takeSnapshot(client, place.id, { type: 'differential' });
    expect(unchanged).toMatchObject({ type: 'differential', baseSnapshotId: first.id, readBytes: 0, readInFull: [] });
    expect(unchanged.carriedOverBytes).toBe(first.readBytes);

    await query(place.database.address, `CREATE TABLE later AS SELECT 1 AS n`);
    await appendFile(join(place.filestorePath, 'later.txt'), 'later');
    const second = await takeSnapshot(client, place.id);
    expect(second).toMatchObject({ type: 'differential', baseSnapshotId: first.id });
    expect(second.readBytes).toBe('1\n'.length + 'later'.length);
    const files = await describeTree(place.filestorePath);

    await changeBoth(place);
    await query(place.database.address, 'DROP TABLE later');
    const log = await rollBack(client, place.id, { snapshotId: second.id, ...WITHOUT_SAFETY });
    expect(log).toMatchObject({ status: 'completed', warnings: [] });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    expect(await query(place.database.address, 'SELECT n FROM later')).toEqual([{ n: 1 }]);
    expect(await describeTree(place.filestorePath)).toEqual(files);
    // Though that one is a differential.
    const third = await takeSnapshot(client, place.id);
    expect(third).toMatchObject({ type: 'differential', baseSnapshotId: second.id, readBytes: 0 });

    // A full one is the base from then on, and what was noted of earlier states is forgotten.
    const full = await takeSnapshot(client, place.id, { type: 'full' });
    expect(await takeSnapshot(client, place.id)).toMatchObject({ baseSnapshotId: full.id });
    const left = await waitUntil('the earlier notes are gone', async () => {
      const states = await noted(place);
      return states.length < 2 && states;
    });
    expect(left).toMatchObject([{ live: true }]);
  });

  it('builds on a standby that was swapped in', async () => {
    const place = await newPlace();
    await result(settingsUpdate({ client, path: { environmentId: place.id }, body: { standby: 'newest' } }));
    const first = await takeSnapshot(client, place.id);
    const path = { projectId: place.project.id, environmentId: place.id };
    await waitUntil('the standby is ready', async () => {
      const { standby } = await result(environmentView({ client, path }));
      return standby?.status === 'ready';
    });
    await changeBoth(place);
    const log = await rollBack(client, place.id, { snapshotId: first.id, ...WITHOUT_SAFETY });
    expect(log).toMatchObject({ status: 'completed', standby: { used: true } });
    const next = await takeSnapshot(client, place.id);
    expect(next).toMatchObject({ type: 'differential', baseSnapshotId: first.id, readBytes: 0 });
    expect(next.carriedOverBytes).toBe(first.readBytes);
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    await result(settingsUpdate({ client, path: { environmentId: place.id }, body: { standby: 'off' } }));
  });

  it('builds on what the state has that an undo brings back, whatever was captured in between', async () => {
    const place = await newPlace(30);
    const before = await takeSnapshot(client, place.id);
    await changeBoth(place);
    const present = await stateOf(place);
    const rollback = await rollBack(client, place.id, { snapshotId: before.id, ...WITHOUT_SAFETY });
    const between = await takeSnapshot(client, place.id, { type: 'full' });
    // Its files may have been restored a moment before it, too late to be known by their times.
    expect(await takeSnapshot(client, place.id)).toMatchObject({ type: 'differential', baseSnapshotId: between.id });

    const back = await undo(place, rollback.deploymentId);
    expect(await stateOf(place)).toEqual(present);
    const after = await takeSnapshot(client, place.id);
    expect(after).toMatchObject({ type: 'differential', baseSnapshotId: before.id, warnings: [] });
    expect(after.carriedOverBytes).toBeGreaterThan(0);

    await undo(place, back);
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    expect(await takeSnapshot(client, place.id)).toMatchObject({ type: 'differential', baseSnapshotId: between.id });
  });

  it('is a safety snapshot too, of a state that had been restored and was swapped out', async () => {
    const place = await newPlace(30);
    const first = await takeSnapshot(client, place.id);
    await changeBoth(place);
    const original = await rollBack(client, place.id, { snapshotId: first.id, createSafetySnapshot: true });
    const path = { environmentId: place.id };
    const ofBefore = await result(snapshotView({ client, path: { ...path, snapshotId: original.safetySnapshotId! } }));
    expect(ofBefore).toMatchObject({ type: 'differential', baseSnapshotId: first.id });
    const again = await rollBack(client, place.id, { snapshotId: first.id, createSafetySnapshot: true });
    const ofRestored = await result(snapshotView({ client, path: { ...path, snapshotId: again.safetySnapshotId! } }));
    expect(ofRestored).toMatchObject({
      status: 'completed',
      type: 'differential',
      baseSnapshotId: first.id,
      readBytes: 0,
    });
    // The notes of the kept state stay as long as it does: an undo brings both back.
    await undo(place, again.deploymentId);
    expect(await takeSnapshot(client, place.id)).toMatchObject({ baseSnapshotId: first.id, readBytes: 0 });
  });

  it('is a full one in another environment', async () => {
    const source = await newPlace();
    const target = await newPlace(0, source);
    const { id: snapshotId } = await takeSnapshot(client, source.id);
    await rollBack(client, source.id, { snapshotId, targetEnvironmentId: target.id, ...WITHOUT_SAFETY });
    expect(await takeSnapshot(client, target.id)).toMatchObject({ type: 'full', baseSnapshotId: null });
    expect(await noted(target)).toEqual([]);
  });
});
