import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import type { AbstractLogger } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditReader } from '../../../src/audit/audit-reader.js';
import type { AuditQuery } from '../../../src/audit/audit-reader.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { runMigrations } from '../../../src/database/run-migrations.js';
import { createTestDatabase, urlOf } from '../../harness/database.js';
import type { TestDatabase } from '../../harness/database.js';
import { someCaller } from '../registry-fixture.js';

const ROWS = 30_000;
const PROJECTS = Array.from({ length: 3 }, () => randomUUID());
const acme = someCaller({ organization: 'acme' });

let database: TestDatabase;
let dataSource: DataSource;
let reader: AuditReader;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource(dataSourceOptions(urlOf(database.address), 4)).initialize();
  await runMigrations(dataSource);
  reader = new AuditReader(dataSource);
  await dataSource.query(
    `INSERT INTO audit_entries (organization, sequence, version, at, actor, actor_kind, operation, outcome, project_id,
                                environment_id, subject_kind, subject_id, request_id, previous_hash, hash)
     SELECT o, n, 1, timestamptz '2026-01-01Z' + n * interval '1 minute', 'actor ' || n % 40, 'caller', 'operation' || n % 20,
            CASE WHEN n % 500 = 0 THEN 'refused' ELSE 'done' END, ($2::uuid[])[1 + n % 3], ($2::uuid[])[1 + n % 3],
            'snapshot', 's' || n % 2000, 'r' || n, '', ''
       FROM generate_series(1, $1) n, unnest(ARRAY['acme', 'rival']) o`,
    [ROWS, PROJECTS],
  );
  await dataSource.query('ANALYZE audit_entries');
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** How PostgreSQL answers the statement that reads a page, as lines of its plan. */
async function planOf(query: AuditQuery, caller = acme): Promise<string> {
  const asked: [sql: string, values: unknown[]][] = [];
  const spy = vi
    .spyOn(dataSource.logger as AbstractLogger, 'logQuery')
    .mockImplementation((sql, values) => void asked.push([sql, (values as unknown[] | undefined) ?? []]));
  await reader.list(caller, query);
  spy.mockRestore();
  const [[sql, values] = ['', []]] = asked.filter(([text]) => text.includes('SELECT found.*'));
  const lines: Record<string, string>[] = await dataSource.query(`EXPLAIN ${sql}`, values);
  return lines.map((line) => line['QUERY PLAN']).join('\n');
}

const EARLY = '2026-01-02T00:00:00Z';

describe('a page of many entries is read from an index in its order', () => {
  it.each<[string, AuditQuery]>([
    ['all', {}],
    ['of a project', { projectId: PROJECTS[1]! }],
    ['of an environment', { environmentId: PROJECTS[2]! }],
    ['of an actor', { actor: 'actor 7' }],
    ['of nobody', { actor: 'nobody' }],
    ['of an operation', { operation: 'operation7' }],
    ['of those that were refused', { outcome: 'refused' }],
    ['of a subject', { subjectId: 's7' }],
    ['of a request', { requestId: 'r7' }],
    ['of the beginning', { until: EARLY }],
    ['of a certain day', { since: EARLY, until: '2026-01-03T00:00:00Z' }],
    ["of an actor's beginning", { actor: 'actor 7', until: EARLY }],
  ])('%s', async (_, query) => {
    const plan = await planOf(query);
    expect(plan).toMatch(/Index Scan (Backward )?using/);
    expect(plan).not.toMatch(/Seq Scan|Filter:/);
  });

  it('behind a cursor, in the middle of thousands', async () => {
    const { nextCursor } = await reader.list(acme, { limit: 20, offset: 9000 });
    const plan = await planOf({ limit: 20, cursor: nextCursor! });
    expect(plan).toContain('Index Scan Backward');
    expect(plan).not.toMatch(/Seq Scan|Filter:/);
  });

  it('of some projects, one after the other', async () => {
    const plan = await planOf({ limit: 20 }, { ...acme, projects: PROJECTS.slice(0, 2) });
    expect(plan).toContain('audit_entries_of_project_id');
    expect(plan).not.toMatch(/Seq Scan on audit|Filter:/);
    const page = await reader.list({ ...acme, projects: PROJECTS.slice(0, 2) }, { limit: 4, until: EARLY });
    // Every third one is of the project that the caller does not see.
    expect(page.items.map(({ sequence }) => sequence)).toEqual([1438, 1437, 1435, 1434]);
  });
});
