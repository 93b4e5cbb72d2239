import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentCreate,
  environmentDelete,
  operationRetry,
  operationsList,
  projectCreate,
  projectDelete,
  webhookCreate,
  webhookDelete,
  webhookDeliveryList,
  webhookRedeliver,
  webhookRotateSecret,
  webhookTest,
  webhookUpdate,
  webhookView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { WebhookDelivery, WebhookWithSecret } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { checkReceived, startWebhookReceiver } from '../harness/webhook-receiver.js';
import type { WebhookReceiver } from '../harness/webhook-receiver.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
let receiver: WebhookReceiver;
let projectId: string;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  const limits = { WEBHOOK_TIMEOUT_SECONDS: '1', WEBHOOK_CONCURRENCY: '2', WEBHOOKS_PER_PROJECT: '40' };
  service = await startTestService({ WEBHOOK_HOSTS: '127.0.0.1,*', ...limits });
  client = service.client();
  ({ id: projectId } = await result(projectCreate({ client, body: { name: 'told' } })));
});

afterAll(async () => {
  await service.stop();
  await receiver.close();
});

async function subscribe(path: string, url = receiver.urlOf(path)): Promise<WebhookWithSecret> {
  return result(webhookCreate({ client, path: { projectId }, body: { url, events: ['*'] } }));
}

const test = (webhookId: string) => result(webhookTest({ client, path: { webhookId } }));
const view = (webhookId: string) => result(webhookView({ client, path: { webhookId } }));

async function deliveryOf({ id, webhookId }: WebhookDelivery): Promise<WebhookDelivery> {
  const { items } = await result(webhookDeliveryList({ client, path: { webhookId } }));
  return items.find((item) => item.id === id)!;
}

/** The delivery once it was tried so often. */
const tried = (delivery: WebhookDelivery, times = 1) =>
  waitUntil(`it was tried ${times} times`, async () => {
    const now = await deliveryOf(delivery);
    return now.attemptCount >= times && now;
  });

async function operationOf(webhookId: string) {
  const rows = await query<{ id: string }>(
    service.database,
    `SELECT id FROM keeper_items WHERE kind = 'webhook-delivery' AND subject = '${webhookId}'`,
  );
  const { items } = await result(operationsList({ client, query: { limit: 100 } }));
  return items.find(({ id }) => id === rows[0]!.id);
}

describe.concurrent('webhooks', () => {
  describe('a delivery', () => {
    it('that was refused is tried again under the same id, at once when a person says so', async () => {
      const { id, secret } = await subscribe('/flaky');
      receiver.behave('/flaky', (response) => void response.writeHead(500).end());
      const delivery = await test(id);
      expect(delivery).toMatchObject({ status: 'pending', attemptCount: 0, eventType: 'test', lastAttempt: null });
      const first = await tried(delivery);
      expect(first).toMatchObject({
        status: 'pending',
        lastAttempt: { status: 500, finding: { code: 'receiver-refused' } },
      });
      const pause = Date.parse(first.nextAttemptAt!) - Date.parse(first.lastAttempt!.at);
      expect(pause).toBeGreaterThanOrEqual(4500);
      expect(pause).toBeLessThanOrEqual(5500);
      expect(await view(id)).toMatchObject({ state: 'failing', firstFailedAt: first.lastAttempt!.at });

      receiver.behave('/flaky', (response) => void response.writeHead(200).end());
      const operation = await waitUntil('it is shown', () => operationOf(id));
      expect(operation).toMatchObject({ kind: 'webhook-delivery', projectId, environmentId: null });
      expect(operation.reason!.message).toBe(
        `The receiver at http://127.0.0.1:${receiver.port} was not told: it answered 500.`,
      );
      await result(operationRetry({ client, path: { operationId: operation.id } }));
      const [one, again] = await receiver.waitFor('/flaky', 2);
      expect(again!.id).toBe(one!.id);
      expect(again!.body).toBe(one!.body);
      for (const received of [one!, again!]) checkReceived(received, secret);
      const arrived = await tried(delivery, 2);
      expect(arrived).toMatchObject({
        status: 'delivered',
        nextAttemptAt: null,
        lastAttempt: { status: 200, finding: null },
      });
      expect(await view(id)).toMatchObject({ state: 'active', firstFailedAt: null });
      await waitUntil('nothing hangs', async () => (await operationOf(id)) === undefined);
    });

    it('is made anew under the same id, as often as somebody wants', async () => {
      const { id } = await subscribe('/anew');
      const delivery = await test(id);
      await tried(delivery);
      const path = { webhookId: id, deliveryId: delivery.id };
      expect(await result(webhookRedeliver({ client, path }))).toMatchObject({ status: 'pending', attemptCount: 0 });
      const [one, again] = await receiver.waitFor('/anew', 2);
      expect(again!.id).toBe(one!.id);
      await waitUntil('it has arrived', async () => (await deliveryOf(delivery)).status === 'delivered');
    });

    it('follows no redirect', async () => {
      const { id } = await subscribe('/moved');
      receiver.behave(
        '/moved',
        (response) => void response.writeHead(307, { location: receiver.urlOf('/else') }).end(),
      );
      expect((await tried(await test(id))).lastAttempt).toMatchObject({
        status: 307,
        finding: { code: 'receiver-refused' },
      });
      expect(receiver.at('/else')).toEqual([]);
    });

    it('does not wait for the end of an answer, and hangs up on one that has none', async () => {
      const { id } = await subscribe('/endless');
      let isClosed = false;
      receiver.behave('/endless', (response) => {
        response.writeHead(200).on('close', () => (isClosed = true));
        const more = () => !isClosed && response.write(Buffer.alloc(1 << 16), () => setImmediate(more));
        more();
      });
      expect(await tried(await test(id))).toMatchObject({ status: 'delivered' });
      await waitUntil('it was hung up', () => isClosed);
    });

    it('is not made to this machine under a name that nobody has allowed', async () => {
      const named = receiver.urlOf('/local').replace('127.0.0.1', 'localhost').replace('http:', 'https:');
      const { id } = await subscribe('/local', named);
      const { lastAttempt } = await tried(await test(id));
      expect(lastAttempt).toMatchObject({ status: null, finding: { code: 'host-refused' } });
      expect(lastAttempt!.finding!.message).toBe(
        `The receiver at https://localhost:${receiver.port} was not told: its host leads to this machine, and WEBHOOK_HOSTS does not allow it by name.`,
      );
      expect(receiver.at('/local')).toEqual([]);
    });

    it.each([
      ['http://hooks.example.com/', 'https'],
      ['https://127.0.0.2/', 'the machine of the service'],
      ['https://user@hooks.example.com/', 'url'],
    ])('is promised to no URL like %s', async (url, why) => {
      const { error, response } = await webhookCreate({ client, path: { projectId }, body: { url, events: ['*'] } });
      expect(response?.status).toBe(422);
      expect(JSON.stringify(error)).toContain(why);
    });
  });

  describe('a receiver that is away', () => {
    it('is tried once, and what else there is for it waits, while others are told', async () => {
      const [away, there] = await Promise.all([subscribe('/away'), subscribe('/there')]);
      receiver.behave('/away', () => undefined);
      const first = await test(away.id);
      const others = [await test(away.id), await test(away.id)];
      await receiver.waitFor('/away', 1);
      await tried(await test(there.id));
      expect((await tried(first)).lastAttempt).toMatchObject({
        status: null,
        finding: { code: 'receiver-unreachable' },
      });
      for (const other of others) expect((await deliveryOf(other)).attemptCount).toBe(0);
      expect(receiver.at('/away')).toHaveLength(1);

      // It comes back: after five seconds it is looked for, and then all of it is there.
      receiver.behave('/away', (response) => void response.writeHead(204).end());
      await receiver.waitFor('/away', 4);
      expect(receiver.at('/away').map(({ id }) => id)).toEqual([first, first, ...others].map(({ eventId }) => eventId));
    });

    it('that says it is gone is told nothing any more', async () => {
      const { id } = await subscribe('/gone');
      receiver.behave('/gone', (response) => void response.writeHead(410).end());
      const delivery = await test(id);
      await waitUntil('it is disabled', async () => (await view(id)).state === 'disabled');
      expect(await view(id)).toMatchObject({ enabled: false, disabledBecause: { code: 'receiver-gone' } });
      expect((await deliveryOf(delivery)).status).toBe('skipped');
      const operation = await waitUntil('it asks for a person', () => operationOf(id));
      expect(operation).toMatchObject({ state: 'attention', reason: { code: 'receiver-gone' } });
      const { error } = await operationRetry({ client, path: { operationId: operation.id } });
      expect(error).toMatchObject({ code: 'operation-refused' });
      for (const refused of [
        await webhookTest({ client, path: { webhookId: id } }),
        await webhookRedeliver({ client, path: { webhookId: id, deliveryId: delivery.id } }),
      ])
        expect(refused.error).toMatchObject({ code: 'webhook-disabled' });

      receiver.behave('/gone', (response) => void response.writeHead(204).end());
      await result(webhookUpdate({ client, path: { webhookId: id }, body: { enabled: true } }));
      await result(webhookRedeliver({ client, path: { webhookId: id, deliveryId: delivery.id } }));
      await waitUntil('it has arrived', async () => (await deliveryOf(delivery)).status === 'delivered');
      await waitUntil('nothing hangs', async () => (await operationOf(id)) === undefined);
    });

    it('for five days is disabled, and what waits is skipped', async () => {
      const { id } = await subscribe('/never');
      receiver.behave('/never', (response) => void response.writeHead(500).end());
      const delivery = await test(id);
      await tried(delivery);
      await query(
        service.database,
        `UPDATE webhooks SET first_failed_at = now() - interval '121 hours' WHERE id = '${id}';
       UPDATE webhook_deliveries SET attempts = 8, next_attempt_at = now() WHERE webhook_id = '${id}';`,
      );
      const operation = await waitUntil('it is shown', () => operationOf(id));
      await result(operationRetry({ client, path: { operationId: operation.id } }));
      await waitUntil('it is disabled', async () => (await view(id)).state === 'disabled');
      expect((await view(id)).disabledBecause).toMatchObject({ code: 'receiver-failing' });
      expect((await deliveryOf(delivery)).status).toBe('skipped');
    });
  });

  describe('a secret', () => {
    it('that is rotated signs beside the new one for as long as was said, and not longer', async () => {
      const { id, secret: old } = await subscribe('/rotated');
      const path = { webhookId: id };
      const { secret: next, previousSecretUntil } = await result(
        webhookRotateSecret({ client, path, body: { overlapHours: 1 } }),
      );
      expect(next).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(Math.round((Date.parse(previousSecretUntil!) - Date.now()) / 60_000)).toBe(60);
      await test(id);
      const [both] = await receiver.waitFor('/rotated', 1);
      expect(String(both!.headers['webhook-signature']).split(' ')).toHaveLength(2);
      for (const secret of [old, next]) checkReceived(both!, secret);

      const { secret: last } = await result(webhookRotateSecret({ client, path, body: { overlapHours: 0 } }));
      await test(id);
      const [, one] = await receiver.waitFor('/rotated', 2);
      checkReceived(one!, last);
      for (const secret of [old, next]) expect(() => checkReceived(one!, secret)).toThrow('No matching signature');
    });
  });

  describe('a webhook', () => {
    it('that is disabled gets nothing, and what it was to get is skipped', async () => {
      const { id } = await subscribe('/disabled');
      receiver.behave('/disabled', (response) => void response.writeHead(500).end());
      const delivery = await test(id);
      await tried(delivery);
      const disabled = await result(webhookUpdate({ client, path: { webhookId: id }, body: { enabled: false } }));
      expect(disabled).toMatchObject({ state: 'disabled', disabledBecause: null });
      expect(await deliveryOf(delivery)).toMatchObject({ status: 'skipped', nextAttemptAt: null });
      await waitUntil('nothing hangs', async () => (await operationOf(id)) === undefined);
    });

    it('is not changed over what somebody else has changed', async () => {
      const { id } = await subscribe('/tagged');
      const path = { webhookId: id };
      const { response } = await webhookView({ client, path });
      const headers = { 'If-Match': response!.headers.get('etag')! };
      await tried(await test(id));
      await result(webhookUpdate({ client, path, headers, body: { description: 'chat' } }));
      const { error } = await webhookUpdate({ client, path, headers, body: { description: 'mail' } });
      expect(error).toMatchObject({ code: 'precondition-failed' });
    });

    it('goes with all that it was to get, and so does its project', async () => {
      const { id: doomed } = await result(projectCreate({ client, body: { name: 'doomed' } }));
      const body = { url: receiver.urlOf('/doomed'), events: ['*' as const] };
      receiver.behave('/doomed', (response) => void response.writeHead(500).end());
      const [one, other] = [
        await result(webhookCreate({ client, path: { projectId: doomed }, body })),
        await result(webhookCreate({ client, path: { projectId: doomed }, body })),
      ];
      await tried(await test(one.id));
      await tried(await test(other.id));
      await result(webhookDelete({ client, path: { webhookId: one.id } }));
      await result(projectDelete({ client, path: { projectId: doomed } }));
      const left = (table: string, column: string) =>
        query(service.database, `SELECT FROM ${table} WHERE ${column} IN ('${one.id}', '${other.id}')`);
      expect(await left('webhook_deliveries', 'webhook_id')).toEqual([]);
      await waitUntil('the keeper has noticed', async () => (await left('keeper_items', 'subject')).length === 0);
    });

    it('is not told any more of an environment that is deleted', async () => {
      const { id } = await subscribe('/forgets');
      const body = { name: 'gone', type: 'staging' as const, filestorePath: `${service.filestoreRoot}/gone` };
      const environment = await result(
        environmentCreate({ client, path: { projectId }, query: { check: false }, body }),
      );
      receiver.behave('/forgets', (response) => void response.writeHead(500).end());
      await tried(await test(id));
      await query(
        service.database,
        `UPDATE webhook_deliveries SET environment_id = '${environment.id}' WHERE webhook_id = '${id}'`,
      );
      await result(environmentDelete({ client, path: { projectId, environmentId: environment.id } }));
      const { total } = await result(
        webhookDeliveryList({ client, path: { webhookId: id }, query: { status: 'pending' } }),
      );
      expect(total).toBe(0);
    });

    it('names environments of its project only, and there are not more of them than there may be', async () => {
      const body = { url: receiver.urlOf('/x'), events: ['*' as const] };
      const environmentIds = ['9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03'];
      const strange = await webhookCreate({ client, path: { projectId }, body: { ...body, environmentIds } });
      expect(strange.error).toMatchObject({ errors: [{ field: 'environmentIds' }] });
      const { id: crowded } = await result(projectCreate({ client, body: { name: 'crowded' } }));
      const made = await Promise.all(
        Array.from({ length: 42 }, () => webhookCreate({ client, path: { projectId: crowded }, body })),
      );
      const refused = made.filter(({ response }) => response?.status === 409);
      expect(refused).toHaveLength(2);
      expect(refused[0]!.error).toMatchObject({ code: 'webhook-limit-reached' });
    });
  });
});
