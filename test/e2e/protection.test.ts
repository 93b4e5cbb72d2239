import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  projectCreate,
  protectionList,
  settingsUpdate,
  snapshotDefaultsReplace,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { ProtectionListData } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';

let service: TestService;
let client: Client;
let projectId: string;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  projectId = (await result(projectCreate({ client, body: { name: 'shop' } }))).id;
  const hourly = JSON.stringify([{ cron: '0 * * * *', timeZone: 'UTC' }]);
  await query(
    service.database,
    `INSERT INTO environments (project_id, name, type, filestore_path, pool)
     SELECT '${projectId}', name, 'production', '/nowhere/' || name, 'nobody'
       FROM unnest(ARRAY['good', 'late', 'never', 'paused', 'unscheduled']) AS name;
     INSERT INTO snapshot_settings (environment_id, schedule, schedule_paused)
     SELECT id, '${hourly}', name = 'paused' FROM environments WHERE name <> 'unscheduled';
     INSERT INTO snapshots (environment_id, project_id, trigger, status, requested_by, created_at, restorability, failure)
     SELECT id, project_id, 'manual', status, 'somebody', now() - hours * interval '1 hour', restorability, failure::jsonb
       FROM environments JOIN (VALUES
         ('good', 'completed', 1, 'proven', NULL), ('good', 'completed', 0.5, 'expected', NULL),
         ('late', 'completed', 5, 'expected', NULL), ('late', 'completed', 1, 'refuted', NULL),
         ('late', 'failed', 2, NULL, '{"code": "database-unreachable", "message": "It does not answer."}'),
         ('unscheduled', 'completed', 900, 'expected', NULL)
       ) AS given (name, status, hours, restorability, failure) USING (name)`,
  );
});
afterAll(() => service.stop());

const list = async (asked: NonNullable<ProtectionListData['query']> = {}) =>
  result(protectionList({ client, query: asked }));

describe('the protection of environments', () => {
  it('tells which are not protected, since when, and why, before those that are', async () => {
    const { items, summary, total } = await list();
    expect(total).toBe(5);
    expect(items.map(({ environmentName, state }) => [environmentName, state])).toEqual([
      ['never', 'unprotected'],
      ['late', 'late'],
      ['paused', 'paused'],
      ['unscheduled', 'unscheduled'],
      ['good', 'protected'],
    ]);
    const [never, late, paused, , good] = items;
    expect(never).toMatchObject({ lastSuccessfulAt: null, lastProvenAt: null, expectedIntervalSeconds: 3600 });
    expect(late).toMatchObject({ projectName: 'shop', reason: { code: 'database-unreachable' } });
    // Two hours after the snapshot of five hours ago: the refuted one does not count.
    expect(Date.now() - Date.parse(late?.since ?? '')).toBeGreaterThan(2.9 * 3_600_000);
    expect(Date.now() - Date.parse(late?.since ?? '')).toBeLessThan(3.1 * 3_600_000);
    expect(paused).toMatchObject({ expectedIntervalSeconds: 0, nextRunAt: null });
    expect(good).toMatchObject({
      since: null,
      reason: null,
      lastProvenAt: expect.any(String),
      nextRunAt: expect.any(String),
    });
    expect(summary).toEqual({
      unprotectedCount: 1,
      lateCount: 1,
      pausedCount: 1,
      unscheduledCount: 1,
      protectedCount: 1,
    });
  });

  it('comes in pages, each environment once', async () => {
    const names = [];
    for (let cursor: string | undefined; ;) {
      const page = await list({ limit: 2, ...(cursor !== undefined && { cursor }) });
      names.push(...page.items.map(({ environmentName }) => environmentName));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(names).toEqual(['never', 'late', 'paused', 'unscheduled', 'good']);
  });

  it('is told of one state alone, and counts the others all the same', async () => {
    const { items, total, summary } = await list({ state: 'late' });
    expect([items.length, total, summary.protectedCount]).toEqual([1, 1, 1]);
  });

  it('is told of one environment alone, if that is there', async () => {
    const environmentId = (await list()).items[1]?.environmentId ?? '';
    const { items, total, summary } = await list({ environmentId });
    expect(items.map(({ environmentName }) => environmentName)).toEqual(['late']);
    expect([total, summary.protectedCount]).toEqual([1, 1]);
    expect((await list({ environmentId: '00000000-0000-4000-8000-000000000000' })).items).toEqual([]);
  });

  it('is told to the organization alone, and of its projects to whom they are limited to', async () => {
    const elsewhere = service.client({ projects: ['00000000-0000-4000-8000-000000000000'] });
    expect(await result(protectionList({ client: elsewhere }))).toMatchObject({ items: [], summary: { lateCount: 0 } });
    const inside = service.client({ projects: [projectId] });
    expect((await result(protectionList({ client: inside }))).total).toBe(5);
  });

  it('shows the last days where they are asked for, by the time zone of the project where the environment has none', async () => {
    expect((await list()).items.map(({ history }) => history)).toEqual([null, null, null, null, null]);
    const zone = 'Pacific/Auckland';
    const body = { rules: [{ timeZone: zone }] };
    await result(snapshotDefaultsReplace({ client, path: { projectId }, body }));
    const { items } = await list({ days: 40 });
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date());
    expect(items.map(({ history }) => [history?.length, history?.at(-1)?.date])).toEqual(items.map(() => [40, today]));
    const dayOf = (hoursAgo: number) =>
      new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date(Date.now() - hoursAgo * 3_600_000));
    const statesOf = (name: string) =>
      new Map(
        items.find(({ environmentName }) => environmentName === name)?.history?.map((day) => [day.date, day.state]),
      );
    expect(statesOf('good').get(dayOf(1))).toBe('proven');
    expect(statesOf('unscheduled').get(dayOf(900))).toBe('taken');
    expect(new Set(statesOf('never').values())).toEqual(new Set(['nothing']));
  });

  it('is refused for more days than it knows failures of, and for none', async () => {
    for (const days of [0, 93]) {
      const { response, error } = await protectionList({ client, query: { days } });
      expect([response?.status, error?.errors?.map(({ field }) => field)]).toEqual([422, ['days']]);
    }
  });

  it('tells what a rollback would take, and whether a standby is there', async () => {
    const ids = new Map(
      (await list()).items.map(({ environmentName, environmentId }) => [environmentName, environmentId]),
    );
    const standing = async (name: string) => {
      const item = (await list()).items.find(({ environmentName }) => environmentName === name);
      return [item?.standby, item?.expectedRollbackSeconds];
    };
    const run = (sql: string) => query<{ id: string }>(service.database, sql);
    const good = ids.get('good')!;
    const [newest] = await run(
      `UPDATE snapshots SET database_bytes = ${300 * 1024 * 1024} WHERE environment_id = '${good}' AND restorability = 'expected' RETURNING id`,
    );
    const [older] = await run(
      `UPDATE snapshots SET database_bytes = 0 WHERE environment_id = '${good}' AND restorability = 'proven' RETURNING id`,
    );
    expect(await standing('never')).toEqual([{ state: 'off', snapshotId: null }, null]);
    expect(await standing('good')).toEqual([{ state: 'off', snapshotId: null }, 11.5]);

    await result(settingsUpdate({ client, path: { environmentId: good }, body: { standby: 'newest' } }));
    expect(await standing('good')).toEqual([{ state: 'none', snapshotId: null }, 11.5]);
    await run(
      `INSERT INTO standbys (id, environment_id, snapshot_id, status) VALUES (gen_random_uuid(), '${good}', '${older!.id}', 'building')`,
    );
    expect(await standing('good')).toEqual([{ state: 'building', snapshotId: older!.id }, 11.5]);
    await run(`UPDATE standbys SET status = 'ready', built = '{}'`);
    // It is of another one than the newest.
    expect(await standing('good')).toEqual([{ state: 'ready', snapshotId: older!.id }, 11.5]);
    await run(`UPDATE standbys SET snapshot_id = '${newest!.id}'`);
    expect(await standing('good')).toEqual([{ state: 'ready', snapshotId: newest!.id }, 1]);
    await run(
      `UPDATE snapshots SET restorability = 'doubtful', restorability_findings = '[{"code": "x", "message": "y", "blocking": true}]'
        WHERE id = '${newest!.id}'`,
    );
    expect(await standing('good')).toEqual([{ state: 'ready', snapshotId: newest!.id }, 1.5]);
    await run(`UPDATE standbys SET status = 'missing', built = NULL, reason = '{"code": "x", "message": "y"}'`);
    expect(await standing('good')).toEqual([{ state: 'none', snapshotId: null }, 1.5]);
  });
});
