import type { Client } from 'pg';
import type { MaterializedViewEntry, SequenceEntry } from '../../../../vault/manifests/manifest-database.js';
import { isRefusal } from '../../../postgres/connection/postgres-errors.js';
import { quoteLiteral } from '../../../postgres/sql/quote.js';
import type { RestoreWarning } from '../restore-warning.js';
import type { SecondTry } from './second-try.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

/** As many in one statement; a database can have tens of thousands. */
const SEQUENCES_A_STATEMENT = 500;

/** Gives every sequence the value it had. Rejects with the server's error. */
export async function setSequences(client: Client, sequences: readonly SequenceEntry[]): Promise<void> {
  for (const statement of sequenceStatements(sequences)) await client.query(statement);
}

/** The same as statements, without a semicolon. */
export function* sequenceStatements(sequences: readonly SequenceEntry[]): Generator<string> {
  for (let from = 0; from < sequences.length; from += SEQUENCES_A_STATEMENT) {
    const calls = sequences.slice(from, from + SEQUENCES_A_STATEMENT).map(setval);
    yield `SELECT ${calls.join(', ')}`;
  }
}

function setval(sequence: SequenceEntry): string {
  const name = quoteLiteral(qualifiedName(sequence));
  return `pg_catalog.setval(${name}::pg_catalog.regclass, ${quoteLiteral(sequence.lastValue)}, ${sequence.isCalled})`;
}

export interface ViewRefresh {
  views: readonly MaterializedViewEntry[];
  secondTry: SecondTry;
  onView: (name: string) => void;
  warn: (warning: RestoreWarning) => void;
}

/**
 * One after the other: a view may read another one. What a view does is the application's business, and may depend on what
 * is no part of a snapshot (another server, the time of day): one that cannot be refreshed stays without rows, and that is a warning.
 * Rejects only with the loss of the connection.
 */
export async function refreshViews(client: Client, { views, secondTry, onView, warn }: ViewRefresh): Promise<void> {
  for (const view of views) {
    const name = qualifiedName(view);
    onView(name);
    try {
      await secondTry.run(client, `materialised view ${view.schema}.${view.name}`, () =>
        client.query(`REFRESH MATERIALIZED VIEW ${name}`),
      );
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const message = `The materialised view ${name} could not be refreshed and has no rows; refresh it when what it needs is there. PostgreSQL says: ${error.message}`;
      warn({ code: 'materialized-view-not-refreshed', message, weight: 'differs' });
    }
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
