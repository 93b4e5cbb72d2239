import { BEGINNING, chained } from './audit-entry.js';
import type { AuditEntry, AuditRecord, ChainEnd } from './audit-entry.js';
import type { Statements } from './statements.js';

interface Head extends ChainEnd {
  /** By the database's clock. */
  at: string;
}

const COLUMNS = `organization, sequence, version, at, actor, actor_kind, operation, outcome, project_id, environment_id,
  subject_kind, subject_id, address, user_agent, request_id, before, after, previous_hash, hash`;

/**
 * Appends to the chain of an organization, in the caller's transaction, of which it is the last that is done: from here to its end
 * nobody else appends to that chain, and whoever holds a chain waits for nothing else. Rejects as the database does.
 */
export async function appendEntries(
  run: Statements,
  organization: string,
  records: readonly AuditRecord[],
): Promise<void> {
  const { at, ...head } = await lockHead(run, organization);
  const entries: AuditEntry[] = [];
  let last: ChainEnd = head;
  for (const record of records) entries.push((last = chained(record, organization, at, last)) as AuditEntry);
  await run('UPDATE audit_chains SET sequence = $2, hash = $3 WHERE organization = $1', [
    organization,
    last.sequence,
    last.hash,
  ]);
  await run(
    `INSERT INTO audit_entries (${COLUMNS})
     SELECT organization, sequence, version, at, actor, "actorKind", operation, outcome, "projectId", "environmentId",
            "subjectKind", "subjectId", address, "userAgent", "requestId", before, after, "previousHash", hash
       FROM jsonb_to_recordset($1::jsonb) AS entry (
         organization text, sequence bigint, version smallint, at timestamptz, actor text, "actorKind" text,
         operation text, outcome text, "projectId" uuid, "environmentId" uuid, "subjectKind" text, "subjectId" text,
         address text, "userAgent" text, "requestId" text, before jsonb, after jsonb, "previousHash" text, hash text)`,
    [JSON.stringify(entries)],
  );
}

async function lockHead(run: Statements, organization: string): Promise<Head> {
  const found = await readHead(run, organization);
  if (found !== undefined) return found;
  // Somebody else may be making it: this waits for them, and the next look finds theirs.
  await run(
    `INSERT INTO audit_chains (organization, sequence, hash, anchor_sequence, anchor_hash)
     VALUES ($1, $2, $3, $2, $3) ON CONFLICT DO NOTHING`,
    [organization, BEGINNING.sequence, BEGINNING.hash],
  );
  const made = await readHead(run, organization);
  if (made === undefined) throw new Error('A chain of the audit is gone that was there a moment ago.');
  return made;
}

/** The time is taken when the lock is held: entries of a chain are in the order of their times. */
async function readHead(run: Statements, organization: string): Promise<Head | undefined> {
  const [row] = await run<{ sequence: string; hash: string; at: Date }>(
    `SELECT sequence, hash, clock_timestamp() AS at FROM audit_chains WHERE organization = $1 FOR UPDATE`,
    [organization],
  );
  return row && { sequence: Number(row.sequence), hash: row.hash, at: row.at.toISOString() };
}
