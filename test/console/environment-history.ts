import type { Environment } from '../../sdk/typescript/generated/types.gen.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';

/** A deployment for each snapshot that was taken before one, one of which failed and was rolled back. */
export async function plantChanges(state: DatabaseAddress, { id }: Environment): Promise<void> {
  await query(
    state,
    `INSERT INTO deployments (environment_id, kind, status, version, gate, gate_reason, snapshot_id, requested_by, created_at, finished_at)
     SELECT environment_id, 'deploy', CASE WHEN label = 'before 36.0' THEN 'failed' ELSE 'completed' END, substr(label, 8), 'open',
            'The pre-deploy snapshot is completed.', id, 'ci@acme', created_at, created_at + interval '6 minutes'
       FROM snapshots WHERE environment_id = '${id}' AND trigger = 'pre_deploy' AND status = 'completed'`,
  );
  await query(
    state,
    `INSERT INTO deployments (environment_id, kind, status, snapshot_id, requested_by, created_at, finished_at)
     SELECT environment_id, 'rollback', 'completed', snapshot_id, 'alice@acme', created_at + interval '20 minutes', created_at + interval '21 minutes'
       FROM deployments WHERE environment_id = '${id}' AND version = '36.0'`,
  );
}

/** The last runs of its schedule: one was skipped. */
export async function plantRuns(state: DatabaseAddress, { id }: Environment): Promise<void> {
  await query(
    state,
    `INSERT INTO schedule_runs (environment_id, rule, cron, time_zone, due_at, outcome, run_count, reason, snapshot_id, created_at)
     SELECT environment_id, 'planted', '0 */6 * * *', 'Europe/Berlin', at, CASE WHEN n = 2 THEN 'skipped' ELSE 'started' END,
            CASE WHEN n = 2 THEN 3 ELSE 1 END,
            CASE WHEN n = 2 THEN '{"code": "environment-busy", "message": "A rollback was under way."}'::jsonb END,
            CASE WHEN n <> 2 THEN id END, at
       FROM (SELECT id, environment_id, created_at AS at, row_number() OVER (ORDER BY created_at DESC) AS n
               FROM snapshots WHERE environment_id = '${id}' AND trigger = 'scheduled' AND status = 'completed') taken
      WHERE n <= 6`,
  );
}

/** A snapshot and a deployment that carry a text wherever somebody outside can put one. */
export async function plantHostileSnapshot(
  state: DatabaseAddress,
  { id, projectId }: Environment,
  text: string,
): Promise<void> {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  const finding = `jsonb_build_object('code', ${quoted}, 'message', ${quoted})`;
  await query(
    state,
    `INSERT INTO snapshots (environment_id, project_id, type, trigger, status, label, requested_by, failure, finished_at, pinned_at, pin_reason)
     VALUES ('${id}', '${projectId}', 'full', 'manual', 'failed', ${quoted}, ${quoted}, ${finding}, now(), now(), ${quoted})`,
  );
  await query(
    state,
    `INSERT INTO deployments (environment_id, kind, status, version, gate, gate_reason, requested_by, finished_at)
     VALUES ('${id}', 'deploy', 'failed', ${quoted}, 'closed', ${quoted}, ${quoted}, now())`,
  );
}
