import type pg from 'pg';
import type { SequenceEntry } from '../../../../vault/manifests/manifest-database.js';
import { EXTENSION_OF_RELATION, NOT_OF_AN_EXTENSION, OWN_SCHEMAS_ONLY } from './inventory.js';
import { type Relation } from './relation.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

const SEQUENCES_A_STATEMENT = 200;

/**
 * Where every sequence stands that is not `unreadable`, by oid (`ofLeftOut`: those of tables whose rows are left out), in the client's transaction. A sequence is not part of any snapshot: read after the
 * cut, it stands at or beyond every value that a row of the cut has taken from it. Rejects as the server does, also
 * when a sequence is gone by now.
 */
export async function readSequences(
  client: pg.ClientBase,
  {
    unreadable = new Set(),
    ofLeftOut = new Set(),
  }: { unreadable?: ReadonlySet<number>; ofLeftOut?: ReadonlySet<number> } = {},
): Promise<SequenceEntry[]> {
  const { rows } = await client.query<Relation & { oid: number }>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     ${EXTENSION_OF_RELATION}
     WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ${OWN_SCHEMAS_ONLY} AND ${NOT_OF_AN_EXTENSION}
     ORDER BY n.nspname, c.relname`,
  );
  const sequences = rows
    .filter(({ oid }) => !unreadable.has(oid))
    .map(({ oid, schema, name }) => ({ schema, name, ...(ofLeftOut.has(oid) && { ofLeftOut: true as const }) }));
  const entries: SequenceEntry[] = [];
  for (let at = 0; at < sequences.length; at += SEQUENCES_A_STATEMENT) {
    const some = sequences.slice(at, at + SEQUENCES_A_STATEMENT);
    const parts = some.map(
      (sequence, index) =>
        `SELECT ${index} AS index, last_value::pg_catalog.text AS "lastValue", is_called AS "isCalled" FROM ${qualifiedName(sequence)}`,
    );
    const { rows } = await client.query<{ index: number; lastValue: string; isCalled: boolean }>(
      parts.join(' UNION ALL '),
    );
    for (const { index, lastValue, isCalled } of rows) {
      entries.push({ kind: 'sequence', ...some[index]!, lastValue, isCalled });
    }
  }
  return entries;
}
