import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  deploymentCreate,
  deploymentFinish,
  environmentDelete,
  environmentUpdate,
  rollbackUndo,
  settingsUpdate,
  snapshotCreate,
  snapshotDelete,
  snapshotVerify,
  webhookCreate,
  webhookList,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { WebhookCreate } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { lastChunkOf } from '../harness/vault-view.js';
import { checkReceived, startWebhookReceiver } from '../harness/webhook-receiver.js';
import type { Received, WebhookReceiver } from '../harness/webhook-receiver.js';
import { endOfRollback, endOfSnapshot, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';
import { makeUnrestorable } from './unrestorable.js';

let service: TestService;
let client: Client;
let receiver: WebhookReceiver;
/** Everything happens in the first; the second is in the same project, the third in one of nobody who wants to know. */
let place: TestEnvironment;
let beside: TestEnvironment;
let untold: TestEnvironment;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  service = await startTestService({ WEBHOOK_HOSTS: '127.0.0.1' });
  client = service.client();
  [place, untold] = await Promise.all([
    createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 30 }),
    createTestEnvironment(client, service.filestoreRoot),
  ]);
  beside = await createTestEnvironment(client, service.filestoreRoot, { project: place.project });
});

afterAll(async () => {
  await service.stop();
  await receiver.close();
  await Promise.all([place, beside, untold].map(({ database }) => database.drop()));
});

async function subscribe(path: string, body: Partial<WebhookCreate> = {}) {
  const { id: projectId } = place.project;
  const webhook = { url: receiver.urlOf(path), events: ['*' as const], ...body };
  return result(webhookCreate({ client, path: { projectId }, body: webhook }));
}

/** The operator's command, as it is built; resolves to its exit status. */
function vaultCli(...args: string[]): Promise<number> {
  const program = join(import.meta.dirname, '..', '..', 'dist', 'src', 'vault.cli.js');
  const env = { PATH: process.env['PATH'], ...service.env };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error) => {
      resolve(error === null ? 0 : Number(error.code));
    });
  });
}

/** Without what comes before it: `snapshot.completed`. */
const typesAt = (path: string) => receiver.at(path).map(({ event }) => event.type.replace('io.snapback.', ''));
const about = (received: Received[], type: string) =>
  received.find(({ event }) => event.type === `io.snapback.${type}`)?.event;

it('tells of snapshots, gates and rollbacks, each once, signed, in the words of the contract', async () => {
  const { secret } = await subscribe('/all');
  await subscribe('/rollbacks', { events: ['rollback.completed'] });
  await subscribe('/beside', { environmentIds: [beside.environment.id] });
  const path = { environmentId: place.environment.id };
  await result(settingsUpdate({ client, path, body: { autoEnabled: true } }));

  const deployment = await result(deploymentCreate({ client, path, body: { version: '17' } }));
  const taken = await receiver.waitFor('/all', 2);
  expect(new Set(typesAt('/all'))).toEqual(new Set(['snapshot.completed', 'gate.opened']));
  expect(about(taken, 'gate.opened')).toMatchObject({ subject: deployment.id, data: { gate: 'open', version: '17' } });
  const snapshotId = deployment.snapshotId!;
  expect(about(taken, 'snapshot.completed')).toMatchObject({
    subject: snapshotId,
    source: `/api/v1/projects/${place.project.id}/environments/${path.environmentId}`,
    data: { id: snapshotId, status: 'completed', trigger: 'pre_deploy' },
  });

  await result(deploymentFinish({ client, path: { deploymentId: deployment.id }, body: { outcome: 'failed' } }));
  const log = await rollBack(client, path.environmentId, { snapshotId, createSafetySnapshot: false });
  const undo = await result(rollbackUndo({ client, path: { deploymentId: log.deploymentId } }));
  await endOfRollback(client, path.environmentId, undo.deploymentId);
  await result(snapshotDelete({ client, path: { ...path, snapshotId } }));
  const all = await receiver.waitFor('/all', 8);

  for (const received of all) checkReceived(received, secret);
  expect(typesAt('/all').toSorted()).toEqual(
    [
      ...['snapshot.completed', 'gate.opened', 'rollback.started', 'rollback.completed'],
      ...['rollback.started', 'rollback.completed', 'rollback.undone', 'snapshot.deleted'],
    ].toSorted(),
  );
  expect(new Set(all.map(({ id }) => id)).size).toBe(8);
  expect(about(all, 'rollback.undone')).toMatchObject({
    subject: log.deploymentId,
    data: { status: 'completed', undoneBy: undo.deploymentId },
  });
  expect(about(all, 'snapshot.deleted')).toMatchObject({ subject: snapshotId, data: { status: 'deleting' } });
  await receiver.waitFor('/rollbacks', 2);
  expect(typesAt('/rollbacks')).toEqual(['rollback.completed', 'rollback.completed']);
  expect(receiver.at('/beside')).toEqual([]);
});

it('tells of a snapshot that failed, the gate that stays closed, and one that is refuted', async () => {
  const { secret } = await subscribe('/bad', {
    environmentIds: [beside.environment.id],
    events: ['snapshot.failed', 'gate.closed', 'snapshot.refuted'],
  });
  const path = { environmentId: beside.environment.id };
  await makeUnrestorable(beside.database.address);
  const { id: refuted } = await takeSnapshot(client, path.environmentId);
  await result(snapshotVerify({ client, path: { ...path, snapshotId: refuted } }));
  await receiver.waitFor('/bad', 1);

  const gone = { host: '127.0.0.1', port: await freePort(), database: 'gone', user: 'nobody', password: 'x' };
  await result(
    environmentUpdate({
      client,
      path: { projectId: place.project.id, ...path },
      query: { check: false },
      body: { database: { kind: 'connection', ...gone } },
    }),
  );
  const { id: snapshotId } = await result(snapshotCreate({ client, path }));
  await endOfSnapshot(client, { ...path, snapshotId });
  await result(settingsUpdate({ client, path, body: { autoEnabled: true } }));
  await result(deploymentCreate({ client, path }));

  const bad = await receiver.waitFor('/bad', 4);
  for (const received of bad) checkReceived(received, secret);
  expect(typesAt('/bad').toSorted()).toEqual(['gate.closed', 'snapshot.failed', 'snapshot.failed', 'snapshot.refuted']);
  expect(about(bad, 'snapshot.refuted')).toMatchObject({
    subject: refuted,
    data: { restorability: { state: 'refuted' } },
  });
});

it('tells of what a check of the vault has refuted, and that it did not twice', { timeout: 60_000 }, async () => {
  const { secret } = await subscribe('/checked', { events: ['snapshot.refuted'] });
  const snapshot = await takeSnapshot(client, place.environment.id, { type: 'full' });
  const key = { project: place.project.id, snapshotId: snapshot.id };
  const chunk = await lastChunkOf(service, key, ({ kind }) => kind === 'file');
  await rm(join(service.directory, 'data', 'vault', chunk.key));

  for (const time of ['first', 'second']) {
    expect([time, await vaultCli('check', '--project', key.project)]).toEqual([time, 1]);
  }
  const told = await receiver.waitFor('/checked', 1);
  for (const received of told) checkReceived(received, secret);
  expect(about(told, 'snapshot.refuted')).toBeDefined();
  const subjects = told.map(({ event }) => event.subject);
  expect(subjects).toContain(snapshot.id);
  expect(new Set(subjects).size).toBe(subjects.length);
});

it('tells of the snapshots that go with their environment', { timeout: 60_000 }, async () => {
  const going = await createTestEnvironment(client, service.filestoreRoot, { project: place.project });
  const { secret } = await subscribe('/going', { events: ['snapshot.deleted'] });
  const ids = [];
  for (let count = 0; count < 2; count += 1) ids.push((await takeSnapshot(client, going.environment.id)).id);
  const path = { projectId: place.project.id, environmentId: going.environment.id };
  await result(environmentDelete({ client, path, query: { snapshots: 'delete' } }));
  await going.database.drop();

  const told = await receiver.waitFor('/going', 2);
  for (const received of told) checkReceived(received, secret);
  expect(told.map(({ event }) => event.subject).toSorted()).toEqual(ids.toSorted());
  expect(about(told, 'snapshot.deleted')).toMatchObject({
    source: `/api/v1/projects/${place.project.id}/environments/${going.environment.id}`,
    data: { status: 'deleting', environmentId: going.environment.id },
  });
});

it('tells when an operation of the environment begins to need a person, and not again while it does', async () => {
  const { secret } = await subscribe('/attention', { events: ['environment.attention'] });
  // One that cannot go well, and has been tried for long enough.
  const [item] = await query<{ id: string }>(
    service.database,
    `INSERT INTO keeper_items (kind, subject, environment_id, organization, failed_since, failure)
     VALUES ('snapshot-deletion', gen_random_uuid(), '${place.environment.id}', 'acme', now() - interval '11 minutes',
             '{"code": "x", "message": "It did not go well."}') RETURNING id`,
  );
  const [told] = await receiver.waitFor('/attention', 1);
  checkReceived(told!, secret);
  expect(told!.event).toMatchObject({
    type: 'io.snapback.environment.attention',
    subject: item!.id,
    data: { operationId: item!.id, kind: 'snapshot-deletion', environmentId: place.environment.id },
  });
  await waitUntil('it was tried again', async () => {
    await query(service.database, `UPDATE keeper_items SET due_at = now() WHERE id = '${item!.id}'`);
    const [row] = await query<{ tries: number }>(
      service.database,
      `SELECT tries FROM keeper_items WHERE id = '${item!.id}'`,
    );
    return row!.tries > 1;
  });
  await query(service.database, `DELETE FROM keeper_items WHERE id = '${item!.id}'`);
  expect(receiver.at('/attention')).toHaveLength(1);
});

it('writes nothing at all where nobody wants to know', async () => {
  await takeSnapshot(client, untold.environment.id);
  const rows = await query(
    service.database,
    `SELECT FROM webhook_events WHERE project_id = '${untold.project.id}'
      UNION ALL SELECT FROM webhook_deliveries WHERE environment_id = '${untold.environment.id}'`,
  );
  expect(rows).toEqual([]);
});

it('shows the webhooks of a project to nobody else, and their secrets to nobody', async () => {
  const { items } = await result(webhookList({ client, path: { projectId: place.project.id } }));
  expect(items.map(({ url }) => new URL(url).pathname)).toEqual([
    '/attention',
    '/going',
    '/checked',
    '/bad',
    '/beside',
    '/rollbacks',
    '/all',
  ]);
  expect(JSON.stringify(items)).not.toContain('whsec_');
  const stored = await query<{ secret: string }>(service.database, 'SELECT secret FROM webhooks');
  expect(stored.every(({ secret }) => secret.startsWith('v1:'))).toBe(true);
  const elsewhere = await result(webhookList({ client, path: { projectId: untold.project.id } }));
  expect(elsewhere.items).toEqual([]);
});
