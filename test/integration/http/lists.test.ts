import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../sdk/typescript/generated/client/index.js';
import {
  deploymentList,
  environmentList,
  operationsList,
  projectCreate,
  projectList,
  retentionPlan,
  rollbackLogList,
  snapshotList,
} from '../../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../../sdk/typescript/result.js';
import { query } from '../../harness/database.js';
import { createTestEnvironment } from '../../harness/sample-environment.js';
import type { TestEnvironment } from '../../harness/sample-environment.js';
import { startTestService } from '../../harness/service.js';
import type { TestService } from '../../harness/service.js';

/** Of each list, so many in one place. */
const ROWS = 7;

let service: TestService;
let client: Client;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, {});
  await addRows(ROWS);
});
afterAll(async () => {
  await place.database.drop();
  await service.stop();
});

/** Rows as they stand after work of another day: several of them at one moment, so that only the id tells them apart. */
async function addRows(count: number): Promise<void> {
  const [environment, project] = [place.environment.id, place.project.id];
  const day = `date_trunc('hour', now()) - make_interval(days => (n / 3)::int)`;
  await query(
    service.database,
    `WITH made AS (
       INSERT INTO snapshots (id, environment_id, project_id, trigger, status, requested_by, created_at)
       SELECT gen_random_uuid(), '${environment}', '${project}', 'manual', 'completed', 'somebody', ${day}
         FROM generate_series(1, ${count}) n RETURNING id, created_at
     ), announced AS (
       INSERT INTO deployments (environment_id, kind, status, gate, requested_by, created_at)
       SELECT '${environment}', 'deploy', 'completed', 'open', 'somebody', created_at FROM made
     ), items AS (
       INSERT INTO keeper_items (kind, subject, organization, project_id, environment_id, pool, since, due_at, attention)
       SELECT 'left-over', gen_random_uuid()::text, p.organization, p.id, '${environment}', 'nobody',
              now() - n * interval '1 us', now() + interval '1 hour', n % 2 = 0
         FROM generate_series(1, ${count}) n, projects p WHERE p.id = '${project}'
     )
     SELECT`,
  );
}

type Query = { limit?: number; cursor?: string };
interface Listed {
  items: object[];
  total: number;
  totalIsLowerBound: boolean;
  nextCursor: string | null;
}

const lists: Record<string, (query: Query) => Promise<Listed>> = {
  projectList: (query) => result(projectList({ client, query })),
  environmentList: (query) => result(environmentList({ client, path: { projectId: place.project.id }, query })),
  snapshotList: (query) => result(snapshotList({ client, path: { environmentId: place.environment.id }, query })),
  deploymentList: (query) => result(deploymentList({ client, path: { environmentId: place.environment.id }, query })),
  rollbackLogList: (query) => result(rollbackLogList({ client, path: { environmentId: place.environment.id }, query })),
  retentionPlan: (query) => result(retentionPlan({ client, path: { environmentId: place.environment.id }, query })),
  operationsList: (query) =>
    result(operationsList({ client, query: { ...query, environmentId: place.environment.id } })),
};

async function walk(list: (query: Query) => Promise<Listed>, between: () => Promise<void>): Promise<object[]> {
  const items: object[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit: 2, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
    if (items.length === 2) await between();
  } while (cursor !== undefined);
  return items;
}

describe('a list, followed by its cursors', () => {
  it.each(Object.entries(lists))('%s has the same items as in one page', async (_, list) => {
    const whole = await list({ limit: 100 });
    expect(await walk(list, async () => {})).toEqual(whole.items);
    expect(whole).toMatchObject({ nextCursor: null, total: whole.items.length, totalIsLowerBound: false });
  });

  it('brings no project twice, and leaves none out, when one comes before it', async () => {
    for (const name of ['b', 'c', 'd', 'e']) await result(projectCreate({ client, body: { name } }));
    const before = (await lists['projectList']!({ limit: 100 })).items;
    const walked = await walk(lists['projectList']!, async () => {
      await result(projectCreate({ client, body: { name: 'a' } }));
    });
    expect(walked).toEqual(before);
  });

  it('is counted exactly to five thousand, and says of more that there are more', async () => {
    await addRows(5_001 - ROWS);
    for (const name of ['deploymentList', 'operationsList']) {
      const { total, totalIsLowerBound } = await lists[name]!({ limit: 1 });
      expect([name, total, totalIsLowerBound]).toEqual([name, 5_000, true]);
    }
    // What is counted as it comes and goes costs nothing to know.
    for (const name of ['snapshotList', 'retentionPlan']) {
      expect(await lists[name]!({ limit: 1 })).toMatchObject({ total: 5_001, totalIsLowerBound: false });
    }
  });
});

describe('deployments', () => {
  it('are listed by kind, state and gate, and by who may see them', async () => {
    const path = { environmentId: place.environment.id };
    const count = async (filter: Parameters<typeof deploymentList>[0]['query']) =>
      (await result(deploymentList({ client, path, query: filter }))).total;
    const all = await count({});
    expect(
      await Promise.all([count({ kind: 'deploy' }), count({ status: 'completed' }), count({ gate: 'open' })]),
    ).toEqual([all, all, all]);
    expect(
      await Promise.all([count({ kind: 'rollback' }), count({ status: 'failed' }), count({ gate: 'closed' })]),
    ).toEqual([0, 0, 0]);
    const stranger = service.client({ projects: [randomUUID()] });
    const { response } = await deploymentList({ client: stranger, path });
    expect(response?.status).toBe(404);
    const missing = await deploymentList({ client, path: { environmentId: randomUUID() } });
    expect(missing.error?.code).toBe('not-found');
  });
});
