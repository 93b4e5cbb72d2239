import type { EntityManager, QueryRunner } from 'typeorm';
import { whoActs } from '../request-context/request-context.js';
import type { AuditRecord } from './chain/audit-entry.js';
import { changedParts } from './changed-parts.js';

/** A change, as whoever makes it tells it. */
export interface AuditedChange {
  /** What it was done to: `['snapshot', id]`. */
  subject: readonly [kind: string, id: string];
  /** In a word, `snapshot.expire`, where it is not what the request asks for by its name. */
  operation?: string;
  /** Left out: that of whoever acts, or of the project. */
  organization?: string;
  /** Left out: that of the environment, if that is there when the transaction ends. */
  projectId?: string | null;
  environmentId?: string | null;
  /** What the API shows of it: left out for what was not there before, or is not there any more. Never a secret. */
  before?: object;
  after?: object;
}

/** A record whose chain is not known before it is written: see `AuditSubscriber`. */
export interface PendingRecord {
  record: AuditRecord;
  organization: string | null;
}

/** What the transactions under way have done. */
const pending = new WeakMap<QueryRunner, PendingRecord[]>();

/**
 * Writes a change into the audit, in the transaction that makes it: neither is there without the other. It is written as the last
 * thing before that commits, wherever this is called, so that the chain is held shortly, and nobody who holds it waits for anything.
 * Where nothing has changed nothing is written. Throws outside of a transaction.
 */
export function audited(manager: EntityManager, change: AuditedChange): void {
  const runner = manager.queryRunner;
  if (runner?.isTransactionActive !== true)
    throw new Error('What is changed outside of a transaction cannot be audited.');
  const parts = changedParts(change.before, change.after);
  if (parts === null) return;
  const { subject, projectId = null, environmentId = null } = change;
  const { organization, operation, ...acting } = whoActs();
  const record: AuditRecord = {
    ...acting,
    operation: change.operation ?? operation ?? subject[0],
    outcome: 'done',
    projectId: projectId?.toLowerCase() ?? null,
    environmentId: environmentId?.toLowerCase() ?? null,
    subjectKind: subject[0],
    subjectId: subject[1],
    ...parts,
  };
  const records = pending.get(runner) ?? [];
  records.push({ record, organization: change.organization ?? organization });
  pending.set(runner, records);
}

/** What a transaction has done and is not written yet; it counts as written from here on. */
export function takePending(runner: QueryRunner): PendingRecord[] {
  const records = pending.get(runner) ?? [];
  pending.delete(runner);
  return records;
}
