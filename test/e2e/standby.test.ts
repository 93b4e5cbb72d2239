import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  deploymentCreate,
  deploymentView,
  environmentDelete,
  environmentView,
  rollbackPlan,
  settingsUpdate,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotSettingsUpdate, Standby } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

afterAll(async () => {
  await Promise.all(
    places.map(({ project, environment }) => {
      const path = { projectId: project.id, environmentId: environment.id };
      return environmentDelete({ client, path, query: { snapshots: 'delete' } });
    }),
  );
  await nothingIsLeft(places).finally(() => service.stop());
});

interface Place extends TestEnvironment {
  id: string;
}

async function newPlace(settings: SnapshotSettingsUpdate = {}): Promise<Place> {
  const place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 0 });
  places.push(place);
  const { id } = place.environment;
  await result(settingsUpdate({ client, path: { environmentId: id }, body: { standby: 'newest', ...settings } }));
  return { ...place, id };
}

async function standbyOf({ id, project }: Place): Promise<Standby | null> {
  const path = { projectId: project.id, environmentId: id };
  return (await result(environmentView({ client, path }))).standby;
}

async function isReady(place: Place, snapshotId: string): Promise<Standby> {
  return waitUntil('the standby is ready', async () => {
    const standby = await standbyOf(place);
    return standby?.status === 'ready' && standby.snapshotId === snapshotId && standby;
  });
}

describe('a standby', { timeout: 60_000 }, () => {
  it('is what a completed snapshot is restored to, proves it, and is swapped in by a rollback that builds nothing', async () => {
    const place = await newPlace();
    const { id: snapshotId } = await takeSnapshot(client, place.id);
    const standby = await isReady(place, snapshotId);
    expect(standby).toMatchObject({ reason: null, databaseBytes: expect.any(Number), readyAt: expect.any(String) });
    expect(await statesBeside(place)).toHaveLength(2);
    const path = { environmentId: place.id, snapshotId };
    expect(await result(snapshotView({ client, path }))).toMatchObject({ restorability: { state: 'proven' } });
    await changeBoth(place);

    const body = { snapshotId, createSafetySnapshot: false };
    const plan = await result(rollbackPlan({ client, path: { environmentId: place.id }, body }));
    expect(plan).toMatchObject({ allowed: true, standby: true });
    expect(plan.steps.map(({ name }) => name)).toEqual(['prepare', 'cutover', 'cleanup']);
    const log = await rollBack(client, place.id, body);

    expect(log).toMatchObject({
      status: 'completed',
      failure: null,
      standby: { used: true, reason: null },
      warnings: [],
    });
    expect(log.steps.map(({ name }) => name)).toEqual(['prepare', 'cutover', 'cleanup']);
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    // Nothing of the previous state, and another standby of the same snapshot.
    await isReady(place, snapshotId);
    expect(await statesBeside(place)).toHaveLength(2);
    await changeBoth(place);
    const again = await rollBack(client, place.id, body);
    expect(again).toMatchObject({ status: 'completed', standby: { used: true } });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });

  it('is told of by the deployment before which it was captured, and gates wait for it where they are told to', async () => {
    const place = await newPlace({ standby: 'pre_deploy', gateRequires: 'standby' });
    await takeSnapshot(client, place.id);
    expect(await standbyOf(place)).toBeNull();
    const deployment = await result(deploymentCreate({ client, path: { environmentId: place.id }, body: {} }));
    const view = () => result(deploymentView({ client, path: { deploymentId: deployment.id } }));
    const open = await waitUntil('the gate opens', async () => {
      const now = await view();
      return now.gate === 'open' && now;
    });
    expect(open.rollback).toEqual({ ready: true, expectedSeconds: 1, standbySnapshotId: open.snapshotId });
    await isReady(place, open.snapshotId!);
  });

  it('goes when it is switched off, and with its environment', async () => {
    const place = await newPlace();
    const { id: snapshotId } = await takeSnapshot(client, place.id);
    await isReady(place, snapshotId);
    const path = { projectId: place.project.id, environmentId: place.id };
    await result(settingsUpdate({ client, path, body: { standby: 'off' } }));
    await waitUntil('it is gone', async () => (await statesBeside(place)).length === 0);
    expect(await standbyOf(place)).toBeNull();

    await result(settingsUpdate({ client, path, body: { standby: 'newest' } }));
    await isReady(place, snapshotId);
    const gone = await environmentDelete({ client, path, query: { snapshots: 'delete' } });
    expect(gone.response?.status).toBe(204);
    expect(await statesBeside(place)).toEqual([]);
  });
});
