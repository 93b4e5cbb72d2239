import { EventSubscriber } from 'typeorm';
import type { EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { takePending } from './audited.js';
import type { PendingRecord } from './audited.js';
import { appendEntries } from './chain/append-entries.js';
import { OWN_CHAIN } from './chain/audit-entry.js';
import { statementsOf } from './chain/statements.js';
import type { Statements } from './chain/statements.js';

/** Writes what a transaction has done into the chains, as its last statements. When that fails, it does not commit. */
@EventSubscriber()
export class AuditSubscriber implements EntitySubscriberInterface {
  async beforeTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): Promise<void> {
    const records = takePending(queryRunner);
    if (records.length === 0) return;
    const run = statementsOf(queryRunner.manager);
    const chains = Map.groupBy(await placed(run, records), ({ organization }) => organization ?? OWN_CHAIN);
    // Whoever holds two takes them in this order.
    for (const organization of [...chains.keys()].toSorted()) {
      const own = chains.get(organization) ?? [];
      await appendEntries(
        run,
        organization,
        own.map(({ record }) => record),
      );
    }
  }

  /** Called when it does not: what was not done nobody has done. */
  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    takePending(queryRunner);
  }
}

interface Place {
  environmentId: string | null;
  projectId: string;
  organization: string;
}

/** With the project of their environment, and the organization of their project, where nobody has said it. */
async function placed(run: Statements, records: readonly PendingRecord[]): Promise<PendingRecord[]> {
  const lacking = records.filter(
    ({ organization, record: { projectId, environmentId } }) =>
      (projectId === null && environmentId !== null) || (organization === null && projectId !== null),
  );
  if (lacking.length === 0) return [...records];
  const ids = (of: 'projectId' | 'environmentId') => [...new Set(lacking.flatMap(({ record }) => record[of] ?? []))];
  const places = await run<Place>(
    `SELECT e.id AS "environmentId", p.id AS "projectId", p.organization
       FROM environments e JOIN projects p ON p.id = e.project_id WHERE e.id = ANY ($1)
     UNION ALL SELECT NULL, id, organization FROM projects WHERE id = ANY ($2)`,
    [ids('environmentId'), ids('projectId')],
  );
  const byEnvironment = new Map(places.map((place) => [place.environmentId, place]));
  const byProject = new Map(places.map((place) => [place.projectId, place]));
  return records.map(({ organization, record }) => {
    const projectId = record.projectId ?? byEnvironment.get(record.environmentId ?? '')?.projectId ?? null;
    const known = organization ?? byProject.get(projectId ?? '')?.organization ?? null;
    return { organization: known, record: { ...record, projectId } };
  });
}
