import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../harness/database.js';
import { startServiceOf } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Answer, Ask } from './ask.js';
import { completedSnapshot, rollbackEnded } from './world.js';

const MANY = 10;

let service: Awaited<ReturnType<typeof startServiceOf>>;

const as = (organization?: string): Ask => asker(service.url, testToken({ organization }));

beforeAll(async () => {
  service = await startServiceOf(['acme', 'rival']);
});
afterAll(async () => {
  await service.stop();
});

/** What can be started twice by accident: how to ask for it, and what tells one from another. */
interface Work {
  path: string;
  body: object;
  other: object;
  idOf: (answer: Answer) => string;
  /** How many of it there are. */
  count: () => Promise<number>;
}

async function newWork(kind: string, organization?: string): Promise<Work> {
  const environmentId = await newEnvironment(organization);
  const path = `/api/v1/environments/${environmentId}`;
  const count = async (table: string, where = 'true'): Promise<number> => {
    const sql = `SELECT count(*)::int AS count FROM ${table} WHERE environment_id = $1 AND ${where}`;
    const [row] = await query<{ count: number }>(service.database, sql, [environmentId]);
    return row!.count;
  };
  if (kind === 'rollback') {
    const { id: snapshotId } = await completedSnapshot(service.client({ organization }), environmentId);
    return {
      path: `${path}/rollback`,
      body: { snapshotId, createSafetySnapshot: false },
      other: { snapshotId, createSafetySnapshot: true },
      idOf: ({ body }) => (body as { deploymentId: string }).deploymentId,
      count: () => count('rollback_logs'),
    };
  }
  return kind === 'snapshot'
    ? {
        path: `${path}/snapshots`,
        body: { label: 'one', trigger: 'manual' },
        other: { label: 'two' },
        idOf,
        count: () => count('snapshots'),
      }
    : {
        path: `${path}/deployments`,
        body: { version: '1' },
        other: { version: '2' },
        idOf,
        count: () => count('deployments', `kind = 'deploy'`),
      };
}

const idOf = ({ body }: Answer): string => (body as { id: string }).id;

/** With a directory only, which is all that is needed here. */
async function newEnvironment(organization?: string): Promise<string> {
  const ask = as(organization);
  const filestorePath = await mkdtemp(join(service.rootOf(organization ?? 'acme'), 'store-'));
  const project = idOf(await ask('POST', '/api/v1/projects', { json: { name: randomUUID() } }));
  const json = { name: 'one', type: 'staging', filestorePath };
  const environment = idOf(await ask('POST', `/api/v1/projects/${project}/environments`, { json }));
  await ask('PATCH', `/api/v1/environments/${environment}/snapshot-settings`, { json: { autoEnabled: false } });
  return environment;
}

const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });

describe.each(['snapshot', 'rollback', 'deployment'])('a %s with an Idempotency-Key', (kind) => {
  let work: Work;
  let key: string;
  beforeAll(async () => {
    work = await newWork(kind);
    key = `${kind} ${randomUUID()}`.replace(' ', '-');
  });

  it(`is started once, when ${MANY} ask at once and when somebody asks again`, async () => {
    const ask = as();
    const send = (): Promise<Answer> => ask('POST', work.path, { json: work.body, ...keyed(key) });
    const answers = await Promise.all(Array.from({ length: MANY }, send));
    const started = new Set(answers.map((answer) => [answer.status, answer.problem.code, work.idOf(answer)].join(' ')));
    expect([...started]).toHaveLength(1);
    const [first] = answers;
    expect(first!.status).toBeLessThan(300);
    if (kind === 'rollback') await rollbackEnded(service.client(), work.idOf(first!));
    const again = await send();
    expect([again.status, work.idOf(again)]).toEqual([first!.status, work.idOf(first!)]);
    expect(await work.count()).toBe(1);
  });

  it('is started once when requests keep coming while it begins', async () => {
    const fresh = randomUUID();
    const { path, body, idOf } = await newWork(kind);
    const sent: Promise<Answer>[] = [];
    for (let i = 0; i < 2 * MANY; i += 1) {
      sent.push(as()('POST', path, { json: body, ...keyed(fresh) }));
      await sleep(4);
    }
    const answers = await Promise.all(sent);
    const outcomes = new Set(answers.map((answer) => answer.problem.detail ?? idOf(answer)));
    expect([...outcomes]).toEqual([idOf(answers[0]!)]);
  });

  it('is the same request however it is written', async () => {
    const reversed = Object.fromEntries(Object.entries(work.body).toReversed());
    const capitals = work.path.replace(/[0-9a-f-]{36}/, (id) => id.toUpperCase());
    for (const [path, json] of [
      [work.path, reversed],
      [capitals, work.body],
    ] as const) {
      const again = await as()('POST', path, { json, ...keyed(key) });
      expect(again.problem).toEqual({});
    }
    expect(await work.count()).toBe(1);
  });

  it('is refused when it is another request', async () => {
    const other = await newWork(kind);
    const refused = [
      await as()('POST', work.path, { json: work.other, ...keyed(key) }),
      await as()('POST', other.path, { json: other.body, ...keyed(key) }),
    ];
    for (const { status, problem } of refused) expect([status, problem.code]).toEqual([422, 'idempotency-key-reused']);
    expect([await work.count(), await other.count()]).toEqual([1, 0]);
  });

  it('does not stand in the way of another organization with the same key', async () => {
    const theirs = await newWork(kind, 'rival');
    const answer = await as('rival')('POST', theirs.path, { json: theirs.body, ...keyed(key) });
    expect(answer.status).toBeLessThan(300);
    expect(await theirs.count()).toBe(1);
    // Nor does the key open what is not theirs.
    expect((await as('rival')('POST', work.path, { json: work.body, ...keyed(key) })).status).toBe(404);
  });

  it('that was refused may be asked for again with the same key', async () => {
    const ask = as();
    const fresh = randomUUID();
    expect((await ask('POST', work.path, { json: { ...work.body, unknown: 1 }, ...keyed(fresh) })).status).toBe(422);
    expect((await ask('POST', work.path, { json: work.body, ...keyed(fresh) })).status).toBeLessThan(300);
  });

  it('may use the key that something else was started with', async () => {
    const others = ['snapshot', 'deployment'].filter((other) => other !== kind);
    for (const other of others) {
      const { path, body } = await newWork(other);
      expect((await as()('POST', path, { json: body, ...keyed(key) })).status).toBeLessThan(300);
    }
  });
});

describe('without a key', () => {
  it('each request is a new one', async () => {
    const work = await newWork('snapshot');
    const [one, two] = await Promise.all([1, 2].map(() => as()('POST', work.path, { json: work.body })));
    expect(work.idOf(one!)).not.toBe(work.idOf(two!));
  });
});

describe('a key that came with a rollback', () => {
  it('still tells which one it was when the snapshot is gone', async () => {
    const work = await newWork('rollback');
    const key = randomUUID();
    const first = await as()('POST', work.path, { json: work.body, ...keyed(key) });
    await rollbackEnded(service.client(), work.idOf(first));
    const { snapshotId } = work.body as { snapshotId: string };
    const deleted = await as()('DELETE', work.path.replace(/rollback$/, `snapshots/${snapshotId}`));
    expect(deleted.status).toBe(204);
    for (let status = 0; status !== 404; await sleep(20)) {
      ({ status } = await as()('GET', work.path.replace(/rollback$/, `snapshots/${snapshotId}`)));
    }
    const again = await as()('POST', work.path, { json: work.body, ...keyed(key) });
    expect([again.status, again.body]).toEqual([202, first.body]);
  });
});
