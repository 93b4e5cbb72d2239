import type { Statements } from '../audit/chain/statements.js';
import type { OwnLimits, QuotaName } from './quota-limits.js';

const PROJECTS = 'SELECT id FROM projects WHERE organization = $1';

/**
 * How much an organization ($1) has of each. Statements of our own: they ask several features' tables at once, and each is asked whenever
 * something is made of which there is a limit, so each goes by an index. What the queue has is looked up by the state that it keeps
 * indexes for, not by its text.
 */
const USE: Readonly<Record<QuotaName, string>> = {
  environments: `SELECT count(*) AS used FROM environments WHERE project_id IN (${PROJECTS})`,
  snapshots: `
    SELECT count(*) AS used FROM snapshots
     WHERE project_id IN (${PROJECTS}) AND status IN ('queued', 'running', 'completed')`,
  // Of those, too, that are to go: until they have gone they are stored.
  storedBytes: `SELECT coalesce(sum(bytes), 0) AS used FROM vault.packs WHERE project IN (${PROJECTS})`,
  // One whose worker has died is left in the table, and does not run.
  runningJobs: `
    SELECT count(*) AS used FROM running_jobs r JOIN jobs.job j ON j.name = r.queue AND j.id = r.job_id
     WHERE r.organization = $1 AND j.state = 'active'`,
  // One that a worker looks at before it is held back waits as well.
  waitingJobs: `
    SELECT (SELECT count(*) FROM jobs.queue q JOIN jobs.job j ON j.name = q.name
             WHERE j.state < 'active' AND NOT j.blocked AND j.group_id = $1)
         + (SELECT count(*) FROM jobs.queue q JOIN jobs.job j ON j.name = q.name
             WHERE j.state = 'active' AND j.group_id = $1 AND NOT EXISTS (SELECT FROM running_jobs r WHERE r.job_id = j.id)) AS used`,
};

/** Rejects as the database does. */
export async function useOf(run: Statements, organization: string, name: QuotaName): Promise<number> {
  const [row] = await run<{ used: string }>(USE[name], [organization]);
  return Number(row?.used ?? 0);
}

/** What an operator has said of an organization. */
export async function ownLimits(run: Statements, organization: string): Promise<OwnLimits> {
  const [row] = await run<{ limits: OwnLimits }>('SELECT limits FROM quotas WHERE organization = $1', [organization]);
  return row?.limits ?? {};
}
