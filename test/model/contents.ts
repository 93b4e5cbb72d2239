import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { withConnection } from '../../src/engine/postgres/connection/connect.js';
import { copyOut } from '../../src/engine/postgres/copy/copy-out.js';
import { READING_SETTINGS } from '../../src/engine/postgres/connection/session-settings.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { BELOW_LABELS, BY_LABEL } from './known-objects.js';
import { libpqEnvironment } from '../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';

/** All that can be seen of a database, by what it is; rows of large tables as hashes of their sorted lines. */
export type Contents = Record<string, unknown>;

const OWN = `n.nspname NOT IN ('information_schema', 'snapback') AND n.nspname NOT LIKE 'pg\\_%'`;

/** As a superuser. Rows of materialised views are not part of it: a restore fills them anew. */
export async function contentsOf(address: DatabaseAddress): Promise<Contents> {
  const { path } = await findProgram('pg_dump');
  const options = ['--schema-only', '--exclude-schema=snapback', address.database];
  const { stdout } = await promisify(execFile)(path, options, {
    env: libpqEnvironment(address),
    maxBuffer: 1 << 28,
    encoding: 'latin1',
  });
  // The word against which a restore is protected is another one each time.
  const contents: Contents = { definitions: stdout.replaceAll(/^\\(un)?restrict .*$/gm, '') };
  return withConnection(address, { settings: READING_SETTINGS }, async (client) => {
    // What is told apart by labels is compared as a whole: in another database they lie elsewhere.
    const tables = await client.query<{ sql: string; columns: string; only: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS sql, CASE c.relkind WHEN 'r' THEN 'ONLY' ELSE '' END AS only,
              (SELECT coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname), '')
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (c.relkind = 'r' OR c.relkind = 'p' AND ${BY_LABEL('c.oid')}) AND NOT ${BELOW_LABELS} AND ${OWN}`,
    );
    for (const { sql, columns, only } of tables.rows) {
      const parts: Buffer[] = [];
      const copy = `COPY (SELECT ${columns} FROM ${only} ${sql}) TO STDOUT`;
      await copyOut(client, copy, (bytes) => parts.push(Buffer.from(bytes)));
      contents[`table ${sql}`] = summary(Buffer.concat(parts));
    }
    const sequences = await client.query<{ sql: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS sql
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND ${OWN}`,
    );
    for (const { sql } of sequences.rows) {
      const { rows } = await client.query(`SELECT last_value, is_called FROM ${sql}`);
      contents[`sequence ${sql}`] = rows[0];
    }
    const objects = await client.query(
      `SELECT oid, lomacl::text, pg_get_userbyid(lomowner) AS owner, md5(lo_get(oid)) AS bytes,
              obj_description(oid, 'pg_largeobject') AS comment
       FROM pg_largeobject_metadata ORDER BY oid`,
    );
    contents['large objects'] = objects.rows;
    return contents;
  });
}

function summary(text: Buffer): { rows: number; hash: string } {
  const lines = text.toString('latin1').split('\n').toSorted();
  return { rows: lines.length - 1, hash: createHash('sha256').update(lines.join('\n')).digest('hex') };
}
