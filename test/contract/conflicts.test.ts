import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client as Session } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { checkEvent } from '../harness/contract-check.js';
import { startServiceOf } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Answer, Ask } from './ask.js';
import { dropPlaces, newPlace } from './place.js';
import type { Place } from './place.js';
import { NO_WORKERS } from './working-requests.js';
import { completedSnapshot, rollbackEnded, snapshotEnded } from './world.js';

let service: TestService;
let client: Client;
let ask: Ask;

beforeAll(async () => {
  service = await startServiceOf(['acme', 'rival']);
  client = service.client();
  ask = asker(service.url, testToken());
});
afterAll(async () => {
  await service.stop();
  await dropPlaces();
});

/** What was queued before is done; what is queued from now on stays queued. */
async function withoutWorkers({ inProject }: Place): Promise<void> {
  expect((await ask('PATCH', `${inProject}?check=false`, { json: { pool: NO_WORKERS } })).status).toBe(200);
}

const id = ({ body }: Answer): string => (body as { id: string }).id;
const outcome = ({ status, problem }: Answer) => [status, problem.code];
const busy = [409, 'environment-busy'];

/** Holds a capture up by a lock on what it has to read. */
async function runningSnapshot(place: Place): Promise<{ snapshotId: string; letGo: () => Promise<void> }> {
  const { host, port, database, user, password } = place.test.database.address;
  const session = new Session({ host, port, database, user, password, ssl: false });
  await session.connect();
  await session.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
  const snapshotId = id(await ask('POST', `${place.path}/snapshots`));
  for (let status = ''; status !== 'running'; await sleep(20)) {
    status = ((await ask('GET', `${place.path}/snapshots/${snapshotId}`)).body as { status: string }).status;
  }
  return { snapshotId, letGo: () => session.end() };
}

describe('a running snapshot', () => {
  let place: Place;
  let snapshotId: string;
  let letGo: () => Promise<void>;
  beforeAll(async () => {
    place = await newPlace(service, client);
    ({ snapshotId, letGo } = await runningSnapshot(place));
  });

  it('cannot be deleted, pinned or rolled back to', async () => {
    const one = `${place.path}/snapshots/${snapshotId}`;
    const deleted = await ask('DELETE', one);
    expect(outcome(deleted)).toEqual([409, 'snapshot-in-use']);
    expect(deleted.problem).toMatchObject({
      detail: 'The snapshot is still running; cancel it first.',
      resource: { kind: 'snapshot', id: snapshotId },
    });
    expect(outcome(await ask('POST', `${one}/pin`))).toEqual([409, 'snapshot-not-completed']);
    for (const operation of ['rollback', 'rollback/plan']) {
      const answer = await ask('POST', `${place.path}/${operation}`, { json: { snapshotId } });
      expect(outcome(answer)).toEqual([409, 'snapshot-not-completed']);
    }
  });

  it('keeps its environment and its project', async () => {
    const deleted = await ask('DELETE', `${place.inProject}?snapshots=delete`);
    expect(outcome(deleted)).toEqual(busy);
    expect(deleted.problem.resource).toEqual({ kind: 'snapshot', id: snapshotId });
    expect(outcome(await ask('DELETE', `/api/v1/projects/${place.test.project.id}`))).toEqual([
      409,
      'project-not-empty',
    ]);
  });

  it('completes all the same', async () => {
    await letGo();
    expect(await snapshotEnded(client, { id: snapshotId, environmentId: place.environmentId })).toBe('completed');
  });
});

describe('a snapshot that did not complete', () => {
  it('failed with a reason: it can be deleted, and neither pinned, cancelled nor rolled back to', async () => {
    const { test, path, inProject, environmentId } = await newPlace(service, client);
    await ask('PATCH', `${inProject}?check=false`, { json: { filestorePath: `${test.filestorePath}-not-there` } });
    const snapshotId = id(await ask('POST', `${path}/snapshots`));
    const ended = await snapshotEnded(client, { id: snapshotId, environmentId });
    expect(ended).toMatch(/^failed: The filestore path .* does not exist/);
    expect(outcome(await ask('POST', `${path}/rollback`, { json: { snapshotId } }))).toEqual([
      409,
      'snapshot-not-completed',
    ]);
    expect(outcome(await ask('POST', `${path}/snapshots/${snapshotId}/pin`))).toEqual([409, 'snapshot-not-completed']);
    expect(outcome(await ask('POST', `${path}/snapshots/${snapshotId}/cancel`))).toEqual([409, 'snapshot-ended']);
    expect((await ask('DELETE', `${path}/snapshots/${snapshotId}`)).status).toBe(204);
  });

  it('was cancelled while it waited: again changes nothing, and it can be deleted', async () => {
    const place = await newPlace(service, client);
    await withoutWorkers(place);
    const one = `${place.path}/snapshots/${id(await ask('POST', `${place.path}/snapshots`))}`;
    expect(outcome(await ask('DELETE', one))).toEqual([409, 'snapshot-in-use']);
    const cancelled = await ask('POST', `${one}/cancel`);
    expect(cancelled).toMatchObject({ status: 202, body: { status: 'cancelled' } });
    expect((await ask('POST', `${one}/cancel`)).body).toEqual(cancelled.body);
    expect((await ask('DELETE', one)).status).toBe(204);
  });
});

describe('rollbacks', () => {
  it('asked for at once begin once; the others learn which one is under way', async () => {
    const place = await newPlace(service, client);
    const { id: snapshotId } = await completedSnapshot(client, place.environmentId);
    const json = { snapshotId, createSafetySnapshot: true };
    const answers = await Promise.all([1, 2, 3, 4].map(() => ask('POST', `${place.path}/rollback`, { json })));
    const [accepted, ...more] = answers.filter(({ status }) => status === 202);
    expect(more).toEqual([]);
    const { deploymentId } = accepted!.body as { deploymentId: string };
    for (const refused of answers.filter((answer) => answer !== accepted)) {
      expect(outcome(refused)).toEqual(busy);
      expect(refused.problem).toMatchObject({
        detail: `The rollback ${deploymentId} is under way; wait for it to end.`,
        resource: { kind: 'rollback', id: deploymentId },
      });
    }
    expect(await rollbackEnded(client, deploymentId)).toBe('completed');

    const { body } = await ask('GET', `${place.path}/rollback-logs`);
    const [log] = (body as { items: { safetySnapshotId: string }[] }).items;
    const undone = await ask('POST', `/api/v1/deployments/${deploymentId}/rollback/undo`);
    expect(outcome(undone)).toEqual([409, 'undo-unavailable']);
    expect(undone.problem.detail).toContain(`The safety snapshot ${log!.safetySnapshotId} can be rolled back to`);
  });

  it('can still be watched when their snapshot is gone, also by who has seen all of it', async () => {
    const place = await newPlace(service, client);
    const { id: snapshotId } = await completedSnapshot(client, place.environmentId);
    const json = { snapshotId, createSafetySnapshot: false };
    const { deploymentId } = (await ask('POST', `${place.path}/rollback`, { json })).body as { deploymentId: string };
    await rollbackEnded(client, deploymentId);
    await ask('DELETE', `${place.path}/snapshots/${snapshotId}`);
    for (let status = 0; status !== 404; await sleep(20)) {
      ({ status } = await ask('GET', `${place.path}/snapshots/${snapshotId}`));
    }
    const response = await fetch(`${service.url}/api/v1/deployments/${deploymentId}/rollback/progress`, {
      headers: { authorization: `Bearer ${testToken()}`, 'last-event-id': '9'.repeat(18) },
    });
    const [, data] = /^data: (.*)$/m.exec(await response.text()) ?? [];
    checkEvent('rollbackProgress', JSON.parse(data ?? 'null'));
    expect(JSON.parse(data!)).toMatchObject({ deploymentId, status: 'completed', final: true });
    const logs = await ask('GET', `${place.path}/rollback-logs`);
    expect(logs.body).toMatchObject({ items: [{ deploymentId, snapshotId: null }] });
  });

  it('that wait keep what they need: the snapshot, the environment, the way it is', async () => {
    const place = await newPlace(service, client);
    const { id: snapshotId } = await completedSnapshot(client, place.environmentId);
    await withoutWorkers(place);
    const { body } = await ask('POST', `${place.path}/rollback`, { json: { snapshotId } });
    const resource = { kind: 'rollback', id: (body as { deploymentId: string }).deploymentId };

    const deleted = await ask('DELETE', `${place.path}/snapshots/${snapshotId}`);
    expect([...outcome(deleted), deleted.problem.resource]).toEqual([409, 'snapshot-in-use', resource]);
    const attempts = [
      await ask('DELETE', `${place.inProject}?snapshots=delete`),
      await ask('PATCH', `${place.inProject}?check=false`, { json: { filestorePath: null } }),
      await ask('PATCH', `${place.inProject}?check=false`, { json: { neutralizeSql: 'SELECT 1' } }),
      await ask('POST', `${place.path}/deployments`),
      await ask('POST', `${place.path}/rollback`, { json: { snapshotId } }),
    ];
    for (const attempt of attempts) {
      expect([...outcome(attempt), attempt.problem.resource]).toEqual([...busy, resource]);
    }
    // Neither its name nor a snapshot is in the way.
    expect((await ask('PATCH', place.inProject, { json: { name: 'renamed' } })).status).toBe(200);
    expect((await ask('POST', `${place.path}/snapshots`)).status).toBe(202);
  });
});

describe('environments and projects', () => {
  it('with snapshots are kept, until it is said that those may go too', async () => {
    const { test, path, inProject, environmentId } = await newPlace(service, client);
    await completedSnapshot(client, environmentId);
    const kept = await ask('DELETE', inProject);
    expect(outcome(kept)).toEqual([409, 'environment-has-snapshots']);
    expect(kept.problem.detail).toMatch(/^The environment has 1 snapshot;/);
    const project = `/api/v1/projects/${test.project.id}`;
    const full = await ask('DELETE', project);
    expect(outcome(full)).toEqual([409, 'project-not-empty']);
    expect(full.problem.detail).toBe('The project still has 1 environment; delete them first.');

    expect((await ask('DELETE', `${inProject}?snapshots=delete`)).status).toBe(204);
    expect((await ask('DELETE', `${inProject}?snapshots=delete`)).status).toBe(404);
    expect((await ask('GET', `${path}/snapshots`)).status).toBe(404);
    expect((await ask('DELETE', project)).status).toBe(204);
    expect((await ask('GET', project)).status).toBe(404);
  });

  it('have a name of their own: of many who ask for it at once, one gets it', async () => {
    const { test, inProject } = await newPlace(service, client);
    const filestorePath = await mkdtemp(join(service.filestoreRoot, 'wanted-'));
    const project = (): Promise<Answer> => ask('POST', '/api/v1/projects', { json: { name: 'wanted' } });
    const environment = (): Promise<Answer> =>
      ask('POST', inProject.replace(/\/[^/]+$/, ''), { json: { name: 'wanted', type: 'staging', filestorePath } });
    for (const create of [project, environment]) {
      const answers = await Promise.all([1, 2, 3, 4, 5].map(create));
      const outcomes = answers.map((answer) => outcome(answer).join(' ').trim());
      expect(outcomes.toSorted()).toEqual(['201', ...Array<string>(4).fill('409 name-taken')]);
    }
    const renamed = await ask('PATCH', inProject, { json: { name: 'wanted' } });
    expect(outcome(renamed)).toEqual([409, 'name-taken']);
    const other = await ask('PATCH', `/api/v1/projects/${test.project.id}`, { json: { name: 'wanted' } });
    expect(outcome(other)).toEqual([409, 'name-taken']);
    expect(
      (
        await asker(service.url, testToken({ organization: 'rival' }))('POST', '/api/v1/projects', {
          json: { name: 'wanted' },
        })
      ).status,
    ).toBe(201);
  });

  it('that go while something is added to them take it with them, or stay', async () => {
    for (let round = 0; round < 5; round += 1) {
      const project = `/api/v1/projects/${id(await ask('POST', '/api/v1/projects', { json: { name: `round ${round}` } }))}`;
      const json = {
        name: 'new',
        type: 'staging',
        filestorePath: await mkdtemp(join(service.filestoreRoot, 'new-')),
      };
      const [added, deleted] = await Promise.all([
        ask('POST', `${project}/environments`, { json }),
        ask('DELETE', project),
      ]);
      expect([
        [201, 409],
        [404, 204],
      ]).toContainEqual([added.status, deleted.status]);
    }
  });
});

describe('deployments', () => {
  it('end once: the same way again changes nothing, another way is refused', async () => {
    const { path } = await newPlace(service, client);
    await ask('PATCH', `${path}/snapshot-settings`, { json: { autoEnabled: false } });
    const deployment = `/api/v1/deployments/${id(await ask('POST', `${path}/deployments`))}`;
    const finish = (outcome: string): Promise<Answer> => ask('POST', `${deployment}/finish`, { json: { outcome } });
    const first = await finish('succeeded');
    expect(first).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect((await finish('succeeded')).body).toEqual(first.body);
    expect(outcome(await finish('failed'))).toEqual([409, 'deployment-finished']);
  });

  it('have not succeeded before their gate is open', async () => {
    const place = await newPlace(service, client);
    await withoutWorkers(place);
    const deployment = `/api/v1/deployments/${id(await ask('POST', `${place.path}/deployments`))}`;
    const finish = (json: object): Promise<Answer> => ask('POST', `${deployment}/finish`, { json });
    expect(outcome(await finish({ outcome: 'succeeded' }))).toEqual([409, 'gate-not-open']);
    const tooEarly = await finish({ outcome: 'failed', rollbackOnFailure: true });
    expect(outcome(tooEarly)).toEqual([409, 'snapshot-not-completed']);
    expect((await finish({ outcome: 'failed' })).body).toMatchObject({ status: 'failed', gate: 'closed' });
  });
});
