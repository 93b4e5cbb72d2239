import type { AuditEntry } from './audit-entry.js';
import type { Statements } from './statements.js';
import type { ChainHead } from './verify-chain.js';

/** Entries that are held at a time. */
const PAGE = 1000;

/** An entry as a row; `at` has milliseconds. */
export interface AuditRow extends Omit<AuditEntry, 'sequence' | 'at'> {
  sequence: string;
  at: Date;
}

/** Of a query: all of an entry under its names. */
export const ENTRY_COLUMNS = `organization, sequence, version, at, actor, actor_kind AS "actorKind", operation, outcome,
  project_id AS "projectId", environment_id AS "environmentId", subject_kind AS "subjectKind", subject_id AS "subjectId",
  address, user_agent AS "userAgent", request_id AS "requestId", before, after, previous_hash AS "previousHash", hash`;

export function toEntry({ sequence, at, ...row }: AuditRow): AuditEntry {
  return { ...row, sequence: Number(sequence), at: at.toISOString() };
}

/** All that have entries, or a head, in their order. */
export async function organizationsWithChains(run: Statements): Promise<string[]> {
  // One step of the index for each, however many entries it has.
  const rows = await run<{ organization: string }>(`
    WITH RECURSIVE found AS (
      (SELECT organization FROM audit_entries ORDER BY organization LIMIT 1)
      UNION ALL
      SELECT (SELECT e.organization FROM audit_entries e WHERE e.organization > found.organization
               ORDER BY e.organization LIMIT 1)
        FROM found WHERE found.organization IS NOT NULL
    ) SELECT organization FROM found WHERE organization IS NOT NULL
      UNION SELECT organization FROM audit_chains ORDER BY organization`);
  return rows.map(({ organization }) => organization);
}

/** What is written down of a chain beside its entries; undefined when nothing is. */
export async function chainHead(run: Statements, organization: string): Promise<ChainHead | undefined> {
  const [row] = await run<{ sequence: string; hash: string; anchorSequence: string; anchorHash: string }>(
    `SELECT sequence, hash, anchor_sequence AS "anchorSequence", anchor_hash AS "anchorHash"
       FROM audit_chains WHERE organization = $1`,
    [organization],
  );
  if (row === undefined) return undefined;
  const { sequence, hash, anchorSequence, anchorHash } = row;
  return { sequence: Number(sequence), hash, anchor: { sequence: Number(anchorSequence), hash: anchorHash } };
}

/** All entries of a chain in the order of their numbers, those that are there twice twice. Holds a page of them. */
export async function* entriesOf(run: Statements, organization: string): AsyncGenerator<AuditEntry> {
  // By place in the table, too: who has made a row twice has removed what forbids it.
  let after = ['0', '(0,0)'];
  for (;;) {
    const rows = await run<AuditRow & { place: string }>(
      `SELECT ${ENTRY_COLUMNS}, ctid::text AS place FROM audit_entries
        WHERE organization = $1 AND sequence >= $2 AND (sequence, ctid) > ($2::bigint, $3::tid)
        ORDER BY sequence, ctid LIMIT ${PAGE}`,
      [organization, ...after],
    );
    for (const { place: _, ...row } of rows) yield toEntry(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = [last.sequence, last.place];
  }
}
