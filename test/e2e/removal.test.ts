import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentDelete,
  environmentView,
  projectDelete,
  snapshotDelete,
  snapshotList,
  snapshotPin,
  snapshotUnpin,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { garbageAfterCollection, packsIn, publishedIn } from '../harness/vault-view.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { nothingIsLeft } from './leftovers.js';
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
  await nothingIsLeft(places).finally(() => service.stop());
});

async function createEnvironment(options: Parameters<typeof createTestEnvironment>[2] = {}): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot, options);
  places.push(place);
  return place;
}

const packsOf = ({ project }: TestEnvironment) => packsIn(service, project.id);

describe('deleting an environment', () => {
  it('is refused while it has snapshots, unless they may go with it', async () => {
    const place = await createEnvironment();
    const path = { projectId: place.project.id, environmentId: place.environment.id };
    const { id: snapshotId } = await takeSnapshot(client, path.environmentId);
    const refused = await environmentDelete({ client, path });
    expect([refused.response?.status, refused.error?.code]).toEqual([409, 'environment-has-snapshots']);
    await result(snapshotPin({ client, path: { ...path, snapshotId }, body: {} }));
    const pinned = await environmentDelete({ client, path, query: { snapshots: 'delete' } });
    expect([pinned.response?.status, pinned.error?.code]).toEqual([409, 'snapshot-pinned']);
    await result(snapshotUnpin({ client, path: { ...path, snapshotId } }));

    expect((await environmentDelete({ client, path, query: { snapshots: 'delete' } })).response?.status).toBe(204);
    expect((await environmentView({ client, path })).response?.status).toBe(404);
    // Its live state is nobody's business.
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    await waitUntil('its snapshots are gone', async () => (await publishedIn(service, place.project.id)).length === 0);
    expect((await projectDelete({ client, path })).response?.status).toBe(204);
    await waitUntil('the vault is empty', async () => (await packsOf(place)).length === 0);
  });

  it('takes nothing from the other environments of its project', async () => {
    const one = await createEnvironment();
    const other = await createEnvironment({ project: one.project });
    await takeSnapshot(client, one.environment.id);
    const { id: snapshotId } = await takeSnapshot(client, other.environment.id);
    await changeBoth(other);
    const path = { projectId: one.project.id, environmentId: one.environment.id };
    await environmentDelete({ client, path, query: { snapshots: 'delete' } });
    await waitUntil('its own is gone', async () => (await publishedIn(service, one.project.id)).length === 1);
    expect(await publishedIn(service, one.project.id)).toEqual([snapshotId]);
    expect(await garbageAfterCollection(service, one.project.id)).toEqual([]);
    const log = await rollBack(client, other.environment.id, { snapshotId, createSafetySnapshot: false });
    expect(log.status).toBe('completed');
    expect(await stateOf(other)).toEqual({ rows: 'captured', files: 'captured' });
  });
});

describe('deleting a snapshot', () => {
  it('removes it from the list and from the vault, and only it', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    const { id: first } = await takeSnapshot(client, path.environmentId);
    await changeBoth(place);
    const { id: second } = await takeSnapshot(client, path.environmentId, { type: 'full' });
    expect((await snapshotDelete({ client, path: { ...path, snapshotId: first } })).response?.status).toBe(204);
    await waitUntil('it is gone', async () => (await result(snapshotList({ client, path }))).total === 1);
    expect(await publishedIn(service, place.project.id)).toEqual([second]);
    expect((await snapshotDelete({ client, path: { ...path, snapshotId: first } })).response?.status).toBe(404);
    expect(existsSync(place.filestorePath)).toBe(true);
  });
});
