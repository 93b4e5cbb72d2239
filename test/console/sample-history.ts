import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { environmentCreate, projectCreate, settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import type { Environment, Project } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import type { ConsoleUnderTest } from './console-fixture.js';

export interface Sample {
  project: Project;
  /** A real database and filestore, which can be captured and rolled back. */
  place: TestEnvironment;
  /** Planted: an environment with a month of history, in which each kind of snapshot is. */
  storied: Environment;
  /** Planted: others in each state of protection. */
  others: Environment[];
  client: Client;
}

/** A project as one has it after a month: what happened is planted, as rows; one environment is real. */
export async function plantSample({ service }: ConsoleUnderTest): Promise<Sample> {
  const client = service.client();
  const project = await result(
    projectCreate({ client, body: { name: 'webshop', description: 'Orders and invoices' } }),
  );
  const place = await createTestEnvironment(client, service.filestoreRoot, {
    project,
    name: 'checkout',
    undoMinutes: 60,
  });
  const storied = await planted(client, place, project, 'production', 'production');
  const others = [
    await planted(client, place, project, 'staging', 'staging'),
    await planted(client, place, project, 'review', 'development'),
  ];
  await result(
    settingsUpdate({
      client,
      path: { environmentId: storied.id },
      body: {
        schedule: [{ cron: '0 */6 * * *', timeZone: 'Europe/Berlin' }],
        keepDaily: 14,
        keepMonthly: 12,
        timeZone: 'Europe/Berlin',
      },
    }),
  );
  await plantSnapshots(service.database, storied, 120);
  return { project, place, storied, others, client };
}

/** Registered without being looked at: it stands where the real one stands, by another name. */
async function planted(
  client: Client,
  { database: { address } }: TestEnvironment,
  project: Project,
  name: string,
  type: Environment['type'],
): Promise<Environment> {
  const { host, port, user, password } = address;
  const body = {
    name,
    type,
    database: { kind: 'connection', host, port, database: `nowhere_${name}`, user, password },
  } as const;
  return result(environmentCreate({ client, path: { projectId: project.id }, query: { check: false }, body }));
}

/** One each six hours, back from now: full each week, differentials between, and now and then one that failed, is pinned or was refuted. */
export async function plantSnapshots(
  state: DatabaseAddress,
  { id, projectId }: Environment,
  count: number,
): Promise<void> {
  await query(
    state,
    `WITH made AS (
       SELECT n, gen_random_uuid() AS id, now() - make_interval(hours => 6 * (n - 1) + 1) AS at, n % 28 = 0 AS is_full
         FROM generate_series(1, ${count}) n)
     INSERT INTO snapshots (id, environment_id, project_id, type, base_snapshot_id, trigger, status, label, requested_by, created_at,
                            started_at, finished_at, database_bytes, filestore_bytes, file_count, stored_bytes, read_bytes,
                            carried_over_bytes, server_version, restorability, restorability_findings, proven_at, failure, pinned_at, pinned_by, pin_reason)
     SELECT id, '${id}', '${projectId}', CASE WHEN is_full THEN 'full' ELSE 'differential' END,
            CASE WHEN NOT is_full THEN (SELECT b.id FROM made b WHERE b.is_full AND b.n > made.n ORDER BY b.n LIMIT 1) END,
            CASE WHEN n % 9 = 0 THEN 'pre_deploy' WHEN n % 31 = 0 THEN 'manual' ELSE 'scheduled' END,
            CASE WHEN n % 17 = 0 THEN 'failed' ELSE 'completed' END,
            CASE WHEN n % 9 = 0 THEN 'before ' || (40 - n / 9) || '.0' END, CASE WHEN n % 9 = 0 THEN 'ci@acme' ELSE 'schedule' END,
            at, at + interval '1 second', at + make_interval(secs => 20 + n % 13),
            3200000000 - n % 500 * 4000000, 900000000 - n % 500 * 1000000, 20000 - n % 500 * 12,
            CASE WHEN is_full THEN 1300000000 ELSE 30000000 + n % 7 * 4000000 END,
            CASE WHEN is_full THEN 4000000000 ELSE 90000000 END, CASE WHEN is_full THEN 0 ELSE 3900000000 END, '15.14',
            CASE WHEN n % 17 = 0 THEN NULL WHEN n % 23 = 0 THEN 'refuted' WHEN n % 19 = 0 THEN 'doubtful' WHEN n % 3 = 0 THEN 'proven' ELSE 'expected' END,
            CASE WHEN n % 17 <> 0 AND n % 23 = 0 THEN '[{"code": "rows-differ", "message": "The table public.orders has other rows than were captured.", "blocking": false, "refutes": true}]'
                 WHEN n % 17 <> 0 AND n % 19 = 0 THEN '[{"code": "extension-not-available", "message": "The server does not offer the extension postgis; install it.", "blocking": true}]'
                 ELSE '[]' END::jsonb,
            CASE WHEN n % 3 = 0 AND n % 17 <> 0 AND n % 23 <> 0 AND n % 19 <> 0 THEN at + interval '5 minutes' END,
            CASE WHEN n % 17 = 0
                 THEN '{"code": "database-unreachable", "message": "The database shop at db.internal:5432 does not answer."}'::jsonb END,
            CASE WHEN n = 36 THEN now() END, CASE WHEN n = 36 THEN 'alice@acme' END, CASE WHEN n = 36 THEN 'audit of 2026' END
       FROM made`,
  );
}
