import type { Client } from 'pg';
import { qualifiedName, quoteLiteral } from '../../postgres/sql/quote.js';

interface OwnedSequence {
  schema: string;
  name: string;
  isAscending: boolean;
}

/**
 * Sets the sequences of a table's columns to where they stand in the live database, unless they are further already: something else may take
 * values from them. Rejects with the server's error.
 */
export async function keepSequences(live: Client, staged: Client, table: { oid: number }): Promise<void> {
  const { rows: owned } = await staged.query<OwnedSequence>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name, s.seqincrement > 0 AS "isAscending"
       FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.refobjid = $1 AND d.deptype IN ('a', 'i')`,
    [table.oid],
  );
  for (const sequence of owned) {
    const name = qualifiedName(sequence);
    const { rows: there } = await live.query('SELECT FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)', [
      name,
    ]);
    if (there.length === 0) continue;
    const { rows } = await live.query<{ value: string; called: boolean }>(
      `SELECT last_value::pg_catalog.text AS value, is_called AS called FROM ${name}`,
    );
    const { value, called } = rows[0]!;
    const further = sequence.isAscending ? '<=' : '>=';
    await staged.query(
      `SELECT pg_catalog.setval(${quoteLiteral(name)}::pg_catalog.regclass, $1::pg_catalog.int8, $2) FROM ${name} WHERE last_value ${further} $1::pg_catalog.int8`,
      [value, called],
    );
  }
}
