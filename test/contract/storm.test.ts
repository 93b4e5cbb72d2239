import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../harness/database.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { usually } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Answer, Ask } from './ask.js';

/** Requests in all, and how many of them are under way at a time. */
const REQUESTS = usually(150, 300);
const AT_ONCE = 20;
/** How long whatever the requests have started may take to end. */
const CALM_MS = 20_000;

let service: TestService;
let ask: Ask;
let inProject: string;
let path: string;
let filestorePath: string;

beforeAll(async () => {
  service = await startTestService({ CAPTURE_CONCURRENCY: '8', ROLLBACK_CONCURRENCY: '4' });
  ask = asker(service.url, testToken());
  filestorePath = await mkdtemp(join(service.filestoreRoot, 'store-'));
  await writeFile(join(filestorePath, 'a.txt'), 'alpha\n');
  const project = id(await ask('POST', '/api/v1/projects', { json: { name: 'storm' } }));
  const environments = `/api/v1/projects/${project}/environments`;
  const json = { name: 'eye', type: 'staging', filestorePath };
  const environment = id(await ask('POST', environments, { json }));
  [inProject, path] = [`${environments}/${environment}`, `/api/v1/environments/${environment}`];
});
afterAll(() => service.stop());

function id({ body }: Answer): string {
  return (body as { id: string }).id;
}

/** The same numbers in every run: a generator of Park and Miller's. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => (state = (state * 48_271) % 2_147_483_647) % sides;
}

describe('everything at once in one environment', () => {
  it('is answered, each request by what the contract allows', async () => {
    const roll = dice(4711);
    const snapshots: string[] = [];
    const deployments: string[] = [];
    const one = (of: string[]): string => of[roll(of.length)] ?? '00000000-0000-4000-8000-000000000000';
    const remember = (list: string[]) => (answer: Answer) => {
      if (answer.status < 300) list.push(id(answer));
      return answer;
    };
    const requests: (() => Promise<Answer>)[] = [
      () => ask('POST', `${path}/snapshots`).then(remember(snapshots)),
      () => ask('GET', `${path}/snapshots?pinned=true`),
      () => ask('GET', `${path}/snapshots/${one(snapshots)}`),
      () => ask('POST', `${path}/snapshots/${one(snapshots)}/cancel`),
      () => ask('DELETE', `${path}/snapshots/${one(snapshots)}`),
      () => ask('POST', `${path}/snapshots/${one(snapshots)}/pin`, { json: { label: 'held' } }),
      () => ask('DELETE', `${path}/snapshots/${one(snapshots)}/pin`),
      () => ask('GET', `${path}/snapshots/estimate`),
      () => ask('PATCH', `${path}/snapshot-settings`, { json: { maxPinned: roll(5), autoEnabled: roll(2) === 0 } }),
      () => ask('GET', `${path}/retention-plan`),
      () => ask('POST', `${path}/deployments`, { json: { version: '1' } }).then(remember(deployments)),
      () => ask('GET', `/api/v1/deployments/${one(deployments)}`),
      () =>
        ask('POST', `/api/v1/deployments/${one(deployments)}/finish`, {
          json: { outcome: 'failed', rollbackOnFailure: roll(2) === 0 },
        }),
      () =>
        ask('POST', `${path}/rollback`, { json: { snapshotId: one(snapshots), createSafetySnapshot: roll(2) === 0 } }),
      () => ask('POST', `${path}/rollback/plan`, { json: { snapshotId: one(snapshots) } }),
      () => ask('GET', `${path}/rollback-logs`),
      () => ask('PATCH', inProject, { json: { name: `eye ${roll(3)}`, filestorePath, labels: { n: `${roll(9)}` } } }),
      () => ask('DELETE', inProject),
    ];
    const answers: Answer[] = [];
    let left = REQUESTS;
    const work = async (): Promise<void> => {
      while ((left -= 1) >= 0) {
        const send = requests[left < 20 ? roll(requests.length) : roll(requests.length - 1)]!;
        answers.push(await send());
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    // `ask` has thrown at any 5xx, and at what the contract does not declare.
    expect(answers).toHaveLength(REQUESTS);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201, 202, 204, 404, 409]));
  });

  it('comes to an end: nothing stays queued, running or held', async () => {
    const unfinished = (): Promise<unknown[]> =>
      query(
        service.database,
        `SELECT 'snapshot' AS what, status FROM snapshots WHERE status IN ('queued', 'running', 'deleting')
         UNION ALL SELECT 'rollback', status FROM rollback_logs WHERE status IN ('queued', 'running')
         UNION ALL SELECT 'gate', gate FROM deployments WHERE gate = 'pending'
         UNION ALL SELECT 'cutover', name FROM environments WHERE cutover_by IS NOT NULL`,
      );
    let left = await unfinished();
    for (const deadline = Date.now() + CALM_MS; left.length > 0 && Date.now() < deadline; await sleep(100)) {
      left = await unfinished();
    }
    expect(left).toEqual([]);
  });

  it('leaves counts that are those of the rows, and a list that agrees', async () => {
    const { body } = await ask('GET', `${path}/snapshots?limit=100`);
    const { items, total } = body as { items: { pinned: boolean }[]; total: number };
    expect(total).toBe(items.length);
    const pinned = await ask('GET', `${path}/snapshots?pinned=true&limit=1`);
    expect(pinned.body).toMatchObject({ total: items.filter((item) => item.pinned).length });
  });
});
