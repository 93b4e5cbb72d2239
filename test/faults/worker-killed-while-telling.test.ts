import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  projectCreate,
  webhookCreate,
  webhookDeliveryList,
  webhookTest,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { checkReceived, startWebhookReceiver } from '../harness/webhook-receiver.js';
import type { WebhookReceiver } from '../harness/webhook-receiver.js';

/** Nobody is at this proxy, and nobody asks it: it could be sent elsewhere than to what was looked at. */
const NO_WAY_OUT = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '' };

let service: TestService;
let client: Client;
let receiver: WebhookReceiver;
const workers: ServiceProcess[] = [];

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  service = await startTestService({ ROLE: 'api', WEBHOOK_HOSTS: '127.0.0.1' });
  client = service.client();
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await service.stop();
  await receiver.close();
});

async function startWorker(): Promise<ServiceProcess> {
  const worker = await startServiceProcess({ ...service.env, ...NO_WAY_OUT, ROLE: 'worker' });
  workers.push(worker);
  return worker;
}

it('is followed by another one, which tells it again under the same id', { timeout: 60_000 }, async () => {
  const { id: projectId } = await result(projectCreate({ client, body: { name: 'told twice' } }));
  const body = { url: receiver.urlOf('/twice'), events: ['*' as const] };
  const { id: webhookId, secret } = await result(webhookCreate({ client, path: { projectId }, body }));
  const worker = await startWorker();
  // It has arrived, and nobody will ever write that down.
  receiver.behave('/twice', () => process.kill(worker.pid, 'SIGKILL'));
  const { id } = await result(webhookTest({ client, path: { webhookId } }));
  await receiver.waitFor('/twice', 1);
  await worker.ended;
  receiver.behave('/twice', (response) => void response.writeHead(204).end());
  // As fifteen seconds later: what the dead one held is anybody's.
  await query(service.database, 'UPDATE keeper_items SET held_until = now()');
  await startWorker();

  const [one, again] = await receiver.waitFor('/twice', 2);
  expect(again!.id).toBe(one!.id);
  expect(again!.body).toBe(one!.body);
  for (const received of [one!, again!]) checkReceived(received, secret);
  const delivery = await waitUntil('it is written down', async () => {
    const { items } = await result(webhookDeliveryList({ client, path: { webhookId } }));
    return items.find((item) => item.status === 'delivered');
  });
  expect(delivery).toMatchObject({ id, attemptCount: 1 });
  for (const each of workers) expect(each.log()).not.toContain(secret.replace('whsec_', ''));
});
