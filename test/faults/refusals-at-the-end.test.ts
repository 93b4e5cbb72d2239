import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { holdTable } from '../e2e/held-table.js';
import { checkedFetch } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';

/** For so long what is refused may be counted in memory alone, at first: 2 s, and a look each second. */
const FIRST_COUNTED_SECONDS = 3;

let setting: ServiceSetting;
const services: ServiceProcess[] = [];

beforeAll(async () => {
  setting = await createServiceSetting();
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.kill()));
  await setting.remove();
});

async function start(env: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
  const service = await startServiceProcess({ ...setting.env, ...env });
  services.push(service);
  return service;
}

/** Asks for what the token may not until nobody answers, or `until`; resolves to how often that was refused. */
async function askInVain({ url }: ServiceProcess, subject: string, until = Infinity): Promise<number> {
  const headers = { authorization: `Bearer ${testToken({ subject, permissions: ['snapshots:read'] })}` };
  const path = `${url}/api/v1/projects/${randomUUID()}`;
  let refused = 0;
  while (Date.now() < until) {
    const answer = await fetch(path, { method: 'DELETE', headers }).catch(() => undefined);
    if (answer === undefined) return refused;
    await answer.arrayBuffer().catch(() => undefined);
    if (answer.status === 403) refused += 1;
    await sleep(5);
  }
  return refused;
}

async function written(subject: string): Promise<number> {
  const [row] = await query<{ times: string | null }>(
    setting.database,
    `SELECT sum(coalesce((after ->> 'times')::int, 1)) AS times FROM audit_entries WHERE actor = '${subject}' AND outcome = 'refused'`,
  );
  return Number(row?.times ?? 0);
}

describe('what a process has refused', () => {
  it('is in the audit when it is stopped, to the last one', { timeout: 60_000 }, async () => {
    const service = await start({ ROLE: 'all', SHUTDOWN_GRACE_SECONDS: '2' });
    const client = connect({ baseUrl: service.url, token: testToken(), fetch: checkedFetch });
    const place = await createTestEnvironment(client, setting.filestoreRoot);
    // It stops no sooner than this ends: meanwhile it answers.
    const table = await holdTable(place.database.address);
    await result(snapshotCreate({ client, path: { environmentId: place.environment.id } }));
    await table.dumpIsWaiting();

    const asking = askInVain(service, 'eve');
    await sleep(500);
    const ended = service.terminate();
    const refused = await asking;
    expect((await ended).code).toBe(0);
    await table.release();
    await place.database.drop();
    expect(refused).toBeGreaterThan(100);
    expect(await written('eve')).toBeGreaterThanOrEqual(refused);
  });

  it('is in the audit when it is killed some seconds later', { timeout: 60_000 }, async () => {
    const service = await start({ ROLE: 'api' });
    const refused = await askInVain(service, 'mallory', Date.now() + 1000);
    await sleep(FIRST_COUNTED_SECONDS * 1000 + 500);
    await service.kill();
    expect(refused).toBeGreaterThan(50);
    expect(await written('mallory')).toBe(refused);
  });
});
