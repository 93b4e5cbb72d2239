import type pg from 'pg';
import { EngineError } from '../../../engine-error.js';
import { nameSome } from '../../../name-some.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';
import type { LeftOutTables } from './left-out-tables.js';
import type { LeftOutTable, Relation } from './relation.js';
import { PARTS } from './table-parts.js';

/** Of objects that are in the way, so many are named. */
const NAMED = 5;

/** Something that stays, and what of it would not come back. */
interface Need {
  stays: string;
  needs: string;
}

/**
 * Throws `EngineError('exclude-needed')` when what stays in the snapshot could not be restored without what is left out: something that is made
 * of a table or has it as its part, by what the server notes; or a foreign key of rows that are captured to rows that are not. `captured`: the oids of
 * the tables whose rows are.
 */
export async function requireUnneeded(
  client: pg.ClientBase,
  { tables, rowsOf }: LeftOutTables,
  captured: readonly number[],
): Promise<void> {
  const needed = tables.length === 0 ? [] : await readNeeds(client, tables);
  if (needed.length > 0) {
    throw new EngineError(
      'exclude-needed',
      `Tables that are left out are needed by what stays: ${sentences(needed)}. Name them in rowsOf in place of tables, so that their definitions are captured, or leave out what needs them too.`,
    );
  }
  const keys = rowsOf.length === 0 ? [] : await readForeignKeys(client, rowsOf, captured);
  if (keys.length === 0) return;
  throw new EngineError(
    'exclude-needed',
    `Rows that are left out are referred to by rows that stay, which could not be restored without them: ${sentences(keys)}. Leave out the rows of both, or of neither.`,
  );
}

function sentences(needs: readonly Need[]): string {
  const named = needs.slice(0, NAMED).map(({ stays, needs: what }) => `${stays} needs ${what}`);
  return nameSome(named, { count: needs.length });
}

async function readNeeds(client: pg.ClientBase, tables: readonly LeftOutTable[]): Promise<Need[]> {
  const { rows } = await client.query<Need>(
    `${PARTS}
     SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS stays,
            pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0) AS needs
       FROM part JOIN pg_catalog.pg_depend d ON d.refclassid = part.classid AND d.refobjid = part.objid
      WHERE d.deptype = 'n' AND NOT EXISTS (SELECT FROM part own WHERE own.classid = d.classid AND own.objid = d.objid)
     UNION
     SELECT DISTINCT pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0), pg_catalog.pg_describe_object(d.classid, d.objid, 0)
       FROM part JOIN pg_catalog.pg_depend d ON d.classid = part.classid AND d.objid = part.objid
      WHERE d.deptype IN ('a', 'i', 'P', 'S')
        AND NOT EXISTS (SELECT FROM part own WHERE own.classid = d.refclassid AND own.objid = d.refobjid)
      ORDER BY 1, 2`,
    [tables.map(({ oid }) => oid)],
  );
  return rows;
}

async function readForeignKeys(
  client: pg.ClientBase,
  rowsOf: readonly LeftOutTable[],
  captured: readonly number[],
): Promise<Need[]> {
  const { rows } = await client.query<{ key: string; from: Relation; to: Relation }>(
    `SELECT f.conname::text AS key,
            pg_catalog.jsonb_build_object('schema', fn.nspname, 'name', fc.relname) AS from,
            pg_catalog.jsonb_build_object('schema', tn.nspname, 'name', tc.relname) AS to
       FROM pg_catalog.pg_constraint f
       JOIN pg_catalog.pg_class fc ON fc.oid = f.conrelid JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
       JOIN pg_catalog.pg_class tc ON tc.oid = f.confrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
      WHERE f.contype = 'f' AND f.confrelid = ANY ($1::pg_catalog.oid[]) AND f.conrelid = ANY ($2::pg_catalog.oid[])
      ORDER BY fn.nspname, fc.relname, f.conname`,
    [rowsOf.map(({ oid }) => oid), captured],
  );
  return rows.map(({ key, from, to }) => ({
    stays: `the foreign key "${key}" of ${qualifiedName(from)}`,
    needs: `rows of ${qualifiedName(to)}`,
  }));
}
