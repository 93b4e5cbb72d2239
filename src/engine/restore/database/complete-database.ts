import type { Client } from 'pg';
import type { MaterializedViewEntry, SequenceEntry } from '../../../vault/manifest-database.js';
import { quoteLiteral } from '../../postgres/quote.js';
import { qualifiedName } from './table-sql.js';

/** As many in one statement; a database can have tens of thousands. */
const SEQUENCES_A_STATEMENT = 500;

/** Gives every sequence the value it had. Rejects with the server's error. */
export async function setSequences(client: Client, sequences: readonly SequenceEntry[]): Promise<void> {
  for (let from = 0; from < sequences.length; from += SEQUENCES_A_STATEMENT) {
    const calls = sequences.slice(from, from + SEQUENCES_A_STATEMENT).map(setval);
    await client.query(`SELECT ${calls.join(', ')}`);
  }
}

function setval(sequence: SequenceEntry): string {
  const name = quoteLiteral(qualifiedName(sequence));
  return `pg_catalog.setval(${name}::pg_catalog.regclass, ${quoteLiteral(sequence.lastValue)}, ${sequence.isCalled})`;
}

/** One after the other: a view may read another one. Rejects with the server's error. */
export async function refreshViews(
  client: Client,
  views: readonly MaterializedViewEntry[],
  onView: (name: string) => void,
): Promise<void> {
  for (const view of views) {
    onView(qualifiedName(view));
    await client.query(`REFRESH MATERIALIZED VIEW ${qualifiedName(view)}`);
  }
}

/**
 * Everything `ANALYZE` without a name would take, as SQL names, largest first: whole partition trees, by their
 * root, and the catalogue, which is new as well.
 */
export async function analyzableTables(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm', 'p') AND NOT c.relispartition AND NOT c.relisshared
        AND n.nspname <> 'pg_toast' AND n.nspname !~ '^pg_temp'
      ORDER BY c.relkind = 'p' DESC, c.relpages DESC, c.oid`,
  );
  return rows.map(qualifiedName);
}
