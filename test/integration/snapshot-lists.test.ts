import type { AbstractLogger } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RetentionCandidates } from '../../src/retention/retention-candidates.js';
import { learnOfSnapshot } from '../../src/snapshots/restorability/learn-of-snapshot.js';
import type { SnapshotReader } from '../../src/snapshots/snapshot-reader.js';
import type { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { startRegistry } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment } from './retention-fixture.js';

const ROWS = 20_000;
const page = { limit: 20, offset: 0 };

let registry: Registry;
let reader: SnapshotReader;
let environment: EnvironmentEntity;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  const { dataSource } = registry;
  reader = registry.snapshotReader;
  ({ environment } = await addEnvironment(registry));
  const { environment: other } = await addEnvironment(registry);
  await dataSource.query(
    `INSERT INTO snapshots (id, environment_id, project_id, trigger, status, requested_by, created_at, pinned_at,
                            restorability, restorability_findings)
     SELECT gen_random_uuid(), place.id, place.project_id,
            (ARRAY['manual', 'pre_deploy', 'scheduled', 'safety'])[1 + n % 4],
            CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'completed' END,
            'somebody', now() - make_interval(mins => n), CASE WHEN n % 2000 = 0 THEN now() END,
            CASE WHEN n % 500 = 0 OR n < 100 THEN 'refuted' WHEN n % 1000 <> 0 THEN 'expected' END,
            CASE WHEN n % 500 = 0 OR n < 100 THEN '[{"blocking": true, "refutes": true}]' ELSE '[]' END::jsonb
       FROM generate_series(1, $1) AS n, environments AS place WHERE place.id = ANY ($2)`,
    [ROWS / 2, [environment.id, other.id]],
  );
  await dataSource.query('ANALYZE snapshots');
});
afterAll(() => registry.close());

/** How PostgreSQL answers those statements of `list` that read snapshots in order, each as lines of its plan. */
async function plansOf(list: () => Promise<unknown>): Promise<string[]> {
  const { dataSource } = registry;
  const asked: [sql: string, values: unknown[]][] = [];
  const spy = vi
    .spyOn(dataSource.logger as AbstractLogger, 'logQuery')
    .mockImplementation((sql, values) => void asked.push([sql, (values as unknown[] | undefined) ?? []]));
  await list();
  spy.mockRestore();
  const ordered = asked.filter(([sql]) => /FROM "?snapshots"?/.test(sql) && sql.includes('ORDER BY'));
  const plans = ordered.map(async ([sql, values]) => {
    const lines: Record<string, string>[] = await dataSource.query(`EXPLAIN ${sql}`, values);
    return lines.map((line) => line['QUERY PLAN']).join('\n');
  });
  return Promise.all(plans);
}

/** From an index that holds them in order, and, unless nearly all of its rows are wanted, no others. */
function isFromIndex(plan: string | undefined, nearlyAll: boolean): void {
  expect(plan).toContain('Index');
  expect(plan).not.toMatch(nearlyAll ? /Seq Scan|(?<!Incremental )Sort/ : /Seq Scan|(?<!Incremental )Sort|Filter:/);
}

describe('a page of many snapshots is read from an index in its order', () => {
  it.each([
    ['all', {}],
    ['of one status', { status: 'failed' as const }],
    ['of one trigger', { trigger: 'safety' as const }],
    ['that are pinned', { pinned: true }],
    ['that are not pinned', { pinned: false }],
    ['of one restorability', { restorability: 'refuted' as const }],
  ])("an environment's, %s", async (_, filter) => {
    const plans = await plansOf(() => reader.list(environment.id, { ...page, ...filter }));
    expect(plans).toHaveLength(1);
    isFromIndex(plans[0], 'pinned' in filter && !filter.pinned);
  });

  it("an environment's, by filters of which each fits many and all together none", async () => {
    const filter = { status: 'failed', trigger: 'pre_deploy', restorability: 'expected' } as const;
    const plans = await plansOf(() => reader.list(environment.id, { ...page, ...filter }));
    expect(plans[0]).toContain('snapshots_as_counted');
    expect(plans[0]).not.toMatch(/Seq Scan on snapshots /);
  });

  it("an environment's, by any filters together, is what they fit, page after page", async () => {
    const choices = {
      status: [undefined, 'completed', 'failed', 'queued'],
      trigger: [undefined, 'manual', 'safety'],
      pinned: [undefined, true, false],
      restorability: [undefined, 'expected', 'refuted'],
    } as const;
    const filters = choices.status.flatMap((status) =>
      choices.trigger.flatMap((trigger) =>
        choices.pinned.flatMap((pinned) =>
          choices.restorability.map((restorability) => ({ status, trigger, pinned, restorability })),
        ),
      ),
    );
    const all = (await registry.dataSource.query(
      `SELECT id, status, trigger, pinned_at IS NOT NULL AS pinned, restorability FROM snapshots
        WHERE environment_id = $1 ORDER BY created_at DESC, id DESC`,
      [environment.id],
    )) as Record<string, unknown>[];
    for (const filter of filters) {
      const fits = all.filter((row) =>
        Object.entries(filter).every(([name, value]) => [undefined, row[name]].includes(value)),
      );
      const first = await reader.list(environment.id, { ...filter, limit: 7 });
      expect({ ...filter, total: first.total }).toEqual({ ...filter, total: fits.length });
      const second =
        first.nextCursor === null
          ? null
          : await reader.list(environment.id, { ...filter, limit: 7, cursor: first.nextCursor });
      const seen = [...first.items, ...(second?.items ?? [])].map(({ id }) => id);
      expect({ ...filter, seen }).toEqual({ ...filter, seen: fits.slice(0, 14).map(({ id }) => id) });
      const passed = await reader.list(environment.id, { ...filter, limit: 3, offset: 5 });
      expect(passed.items.map(({ id }) => id)).toEqual(fits.slice(5, 8).map(({ id }) => id));
      expect((await reader.list(environment.id, { ...filter, limit: 100, offset: 2 ** 31 - 1 })).items).toEqual([]);
    }
  });

  it('behind a cursor, in the middle of thousands', async () => {
    const { nextCursor } = await reader.list(environment.id, { limit: 20, offset: 5000 });
    const plans = await plansOf(() => reader.list(environment.id, { limit: 20, cursor: nextCursor! }));
    isFromIndex(plans[0], false);
    const [behind, beside] = await Promise.all([
      reader.list(environment.id, { limit: 20, cursor: nextCursor! }),
      reader.list(environment.id, { limit: 20, offset: 5020 }),
    ]);
    expect(behind.items).toEqual(beside.items);
    expect(behind.offset).toBe(5020);
  });

  it.each([
    ['all', {}],
    ['of one status', { status: 'failed' as const }],
    ['of one restorability', { restorability: 'refuted' as const }],
  ])("a project's, %s", async (_, filter) => {
    const plans = await plansOf(() => reader.listOfProject(environment.projectId, { ...page, ...filter }));
    expect(plans).toHaveLength(1);
    isFromIndex(plans[0], false);
  });

  it("a project's, of one type of environment: of each environment's no more than of the page", async () => {
    const { projectId, type } = environment;
    const list = () => reader.listOfProject(projectId, { ...page, environmentType: type });
    const [plan] = await plansOf(list);
    expect(plan).toContain('snapshots_newest');
    expect(plan).not.toMatch(/Seq Scan on snapshots /);
    expect(await list()).toEqual(await reader.list(environment.id, page));
    const filter = { status: 'failed', restorability: 'refuted' } as const;
    const found = await reader.listOfProject(projectId, { ...page, environmentType: type, ...filter });
    expect(found).toEqual(await reader.list(environment.id, { ...page, ...filter }));
  });

  it('counts what it filters by, before and after something is found out', async () => {
    const total = async (restorability?: 'refuted' | 'expected') =>
      (await reader.list(environment.id, { ...page, restorability })).total;
    const [all, refuted, expected] = [await total(), await total('refuted'), await total('expected')];
    const [found] = (await reader.list(environment.id, { ...page, restorability: 'expected' })).items;
    const event = { event: 'disproved', findings: [{ code: 'x', message: 'It differs.', blocking: false }] } as const;
    await registry.dataSource.transaction((manager) =>
      learnOfSnapshot(manager, registry.announcements, found!.id, event),
    );
    expect([await total(), await total('refuted'), await total('expected')]).toEqual([all, refuted + 1, expected - 1]);
    const ofProject = await reader.listOfProject(environment.projectId, { ...page, restorability: 'refuted' });
    expect(ofProject.total).toBe(refuted + 1);
  });
});

it('finds the snapshots that retention counts as the newest in an index', async () => {
  const candidates = new RetentionCandidates(registry.dataSource);
  const plans = await plansOf(() => candidates.load(environment.id, []));
  expect(plans[0]).toMatch(/snapshots_not_refuted/);
  expect(plans[0]).toMatch(/snapshots_restorable|snapshots_not_refuted.*snapshots_not_refuted/s);
});
