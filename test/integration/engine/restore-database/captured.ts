import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { withConnection } from '../../../../src/engine/postgres/connection/connect.js';
import { copyOut } from '../../../../src/engine/postgres/copy/copy-out.js';
import { READING_SETTINGS } from '../../../../src/engine/postgres/connection/session-settings.js';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import { writeDescription } from '../../../../src/engine/postgres/description/description-content.js';
import { describeDatabase } from '../../../../src/engine/postgres/description/describe-database.js';
import { libpqEnvironment } from '../../../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../../../src/engine/postgres/programs/programs.js';
import type { SurveyedTable } from '../../../../src/engine/restore/database/order/database-survey.js';
import { copyOutSql } from '../../../../src/engine/restore/database/order/table-sql.js';
import { qualifiedName } from '../../../../src/engine/postgres/sql/quote.js';
import type { DatabasePartEntry, SegmentEntry } from '../../../../src/vault/manifests/manifest-database.js';
import type { ContentRef } from '../../../../src/vault/manifests/content-ref.js';
import type { CaptureWriter, Vault } from '../../../../src/vault/vault.js';

export const PROJECT = 'b3a1c1de-0000-4000-8000-000000000001';

export interface CaptureOptions {
  /** Tables are cut into segments of so many blocks; without it each is one segment. */
  blocks?: number;
  /** What is written into the manifest in place of each entry. */
  alter?: (entry: DatabasePartEntry) => DatabasePartEntry[];
}

/**
 * A capture with as little in it as a restore needs: everything one after the other, from a database nobody
 * writes to. Resolves to the snapshot's id.
 */
export async function captureDatabase(
  vault: Vault,
  address: DatabaseAddress,
  options: CaptureOptions = {},
): Promise<string> {
  const snapshotId = randomUUID();
  const writer = await vault.beginCapture(PROJECT, { snapshotId, createdAt: new Date().toISOString(), tools: {} });
  const add = async (entry: DatabasePartEntry) => {
    for (const altered of options.alter?.(entry) ?? [entry]) await writer.add(altered);
  };
  await withConnection(address, { settings: READING_SETTINGS }, async (client) => {
    const content = await writer.store(definitions(address));
    const properties = await propertiesOf(client);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version') AS version");
    const serverVersion = rows[0]!.version;
    await add({ kind: 'database', serverVersion, databaseBytes: 1, properties, content });
    const described = describeDatabase(client, { major: Number.parseInt(serverVersion, 10) });
    await add({ kind: 'description', content: await writer.store(writeDescription(described)) });
    for (const table of await tablesOf(client)) {
      const { schema, name, columns } = table;
      await add({ kind: 'table', table: table.table, schema, name, columns });
      for (const segment of await segmentsOf(client, table, properties.encoding, writer, options)) await add(segment);
    }
    for (const entry of [...(await sequencesOf(client)), ...(await viewsOf(client))]) await add(entry);
  });
  await writer.publish();
  return snapshotId;
}

async function* definitions(address: DatabaseAddress): AsyncIterable<Buffer> {
  const { path } = await findProgram('pg_dump');
  const flags = ['--format=custom', '--compress=0', '--exclude-table-data=*.*', '--exclude-schema=snapback'];
  const { stdout } = await promisify(execFile)(path, [...flags, address.database], {
    env: libpqEnvironment(address),
    encoding: 'buffer',
    maxBuffer: 1 << 30,
  });
  yield stdout;
}

async function propertiesOf(client: Client) {
  const { rows } = await client.query<{ encoding: string; collate: string; ctype: string; owner: string }>(
    `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collate, datctype AS ctype,
            pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()`,
  );
  return { ...rows[0]!, localeProvider: 'libc', settings: [] };
}

export async function tablesOf(client: Client): Promise<SurveyedTable[]> {
  const { rows } = await client.query<Pick<SurveyedTable, 'table' | 'schema' | 'name' | 'columns'>>(
    `SELECT c.oid::int AS table, n.nspname::text AS schema, c.relname::text AS name,
            ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
                    AND attgenerated = '' ORDER BY attnum) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'snapback')
      ORDER BY pg_table_size(c.oid) DESC, c.oid`,
  );
  return rows.map((row) => ({ ...row, segments: 0, rows: 0, bytes: 0, contents: 0n }));
}

async function segmentsOf(
  client: Client,
  table: SurveyedTable,
  encoding: string,
  writer: CaptureWriter,
  { blocks }: CaptureOptions,
): Promise<SegmentEntry[]> {
  const { rows } = await client.query<{ blocks: number }>(
    `SELECT (pg_relation_size($1::regclass) / 8192)::int AS blocks`,
    [qualifiedName(table)],
  );
  const segments: SegmentEntry[] = [];
  const step = blocks ?? Infinity;
  for (let fromBlock = 0; fromBlock < rows[0]!.blocks; fromBlock += step) {
    const isLast = fromBlock + step >= rows[0]!.blocks;
    const range = `ctid >= '(${fromBlock},0)'${isLast ? '' : ` AND ctid < '(${fromBlock + step},0)'`}`;
    const lines = await linesOf(client, { ...table, condition: range }, encoding);
    const content: ContentRef = await writer.store(inParts(lines));
    const toBlock = isLast ? {} : { toBlock: fromBlock + step };
    segments.push({ kind: 'segment', table: table.table, fromBlock, ...toBlock, rows: lines.length, content });
  }
  return segments;
}

/** The rows of a table as lines of COPY text. */
export async function linesOf(client: Client, table: SurveyedTable, encoding: string): Promise<Buffer[]> {
  const lines: Buffer[] = [];
  await copyOut(client, copyOutSql(table, encoding), (bytes) => lines.push(Buffer.from(bytes)));
  return lines;
}

/** Cut where no row ends, as the vault's chunks are. */
async function* inParts(lines: Buffer[]): AsyncIterable<Buffer> {
  const bytes = Buffer.concat(lines);
  for (let at = 0; at < bytes.length; at += 65_521) yield bytes.subarray(at, at + 65_521);
}

async function sequencesOf(client: Client): Promise<DatabasePartEntry[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT schemaname::text AS schema, sequencename::text AS name FROM pg_sequences ORDER BY 1, 2`,
  );
  const entries: DatabasePartEntry[] = [];
  for (const sequence of rows) {
    const value = await client.query<{ last: string; called: boolean }>(
      `SELECT last_value::text AS last, is_called AS called FROM ${qualifiedName(sequence)}`,
    );
    const { last, called } = value.rows[0]!;
    entries.push({ kind: 'sequence', ...sequence, lastValue: last, isCalled: called });
  }
  return entries;
}

async function viewsOf(client: Client): Promise<DatabasePartEntry[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT schemaname::text AS schema, matviewname::text AS name FROM pg_matviews JOIN pg_class c ON c.relname = matviewname
      WHERE ispopulated ORDER BY c.oid`,
  );
  return rows.map((row) => ({ kind: 'materialized-view', ...row }));
}
