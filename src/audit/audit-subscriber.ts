import { EventSubscriber } from 'typeorm';
import type { EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { takePending } from './audited.js';
import type { PendingRecord } from './audited.js';
import { appendEntries } from './chain/append-entries.js';
import { OWN_CHAIN } from './chain/audit-entry.js';
import type { AuditRecord } from './chain/audit-entry.js';
import { statementsOf } from './chain/statements.js';
import type { Statements } from './chain/statements.js';

/** Writes what a transaction has done into the chains, as its last statements. When that fails, it does not commit. */
@EventSubscriber()
export class AuditSubscriber implements EntitySubscriberInterface {
  async beforeTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): Promise<void> {
    const records = takePending(queryRunner);
    if (records.length === 0) return;
    const run = statementsOf(queryRunner.manager);
    const chains = Map.groupBy(await withOrganizations(run, records), ([organization]) => organization);
    // Whoever holds two takes them in this order.
    for (const organization of [...chains.keys()].toSorted()) {
      const own = chains.get(organization) ?? [];
      await appendEntries(
        run,
        organization,
        own.map(([, record]) => record),
      );
    }
  }

  /** Called when it does not: what was not done nobody has done. */
  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    takePending(queryRunner);
  }
}

/** What the service does by itself belongs to the organization of the project it is done to. */
async function withOrganizations(
  run: Statements,
  records: readonly PendingRecord[],
): Promise<[organization: string, record: AuditRecord][]> {
  const unknown = records.flatMap(({ organization, record }) =>
    organization === null ? (record.projectId ?? []) : [],
  );
  const rows =
    unknown.length === 0
      ? []
      : await run<{ id: string; organization: string }>('SELECT id, organization FROM projects WHERE id = ANY ($1)', [
          [...new Set(unknown)],
        ]);
  const known = new Map(rows.map(({ id, organization }) => [id, organization]));
  return records.map(({ organization, record }) => [
    organization ?? known.get(record.projectId ?? '') ?? OWN_CHAIN,
    record,
  ]);
}
