import type { Client } from 'pg';
import type { ListedTable } from '../../vault/listing/listing-builder.js';
import { firstOf, type OpenedSnapshot, segmentsIn } from '../contents/snapshot-parts.js';
import { EngineError } from '../engine-error.js';
import { openConnection } from '../postgres/connection/connect.js';
import type { DatabaseAddress } from '../postgres/connection/database-address.js';
import { explained, isServerError, sqlState } from '../postgres/connection/postgres-errors.js';
import { WRITING_SETTINGS } from '../postgres/connection/session-settings.js';
import { copyIn } from '../postgres/copy/copy-in.js';
import { quoteLiteral, qualifiedName } from '../postgres/sql/quote.js';
import type { WorkContext } from '../progress.js';
import { copyInSql } from '../restore/database/order/table-sql.js';
import { describedTables, type DescribedTable, type TableName } from './described-tables.js';
import { areThere, commentOf, makeSchema, restoredNames, restoredSchema } from './restored-schema.js';

export interface TablesToRestore {
  opened: OpenedSnapshot;
  snapshotId: string;
  /** The live database. */
  address: DatabaseAddress;
  /** A uuid: of whoever asks again with it, the tables that are there are. */
  id: string;
  tables: readonly TableName[];
}

/** A table that was put beside those of a live database. */
export interface RestoredTable extends TableName {
  restoredAs: TableName;
  rows: number;
  /** Left out, since PostgreSQL computes them. */
  computed: string[];
}

/**
 * Puts tables of a snapshot, with columns, rows and primary key, into a schema of their own in the live database, which nobody else may look into at first.
 * It is one transaction: when it rejects, nothing of it is there. Done before with the same id, it does nothing.
 *
 * Rejects with `EngineError('item-missing' | 'item-in-the-way' | 'restore-failed' | 'disk-full' | 'database-…' | 'snapshot-damaged')`, as the vault does,
 * or with `signal.reason`.
 */
export async function restoreTables(request: TablesToRestore, context: WorkContext): Promise<RestoredTable[]> {
  const { opened, address, snapshotId, tables } = request;
  const described = await describedTables(opened, tables);
  const database = await firstOf(opened.listing, 'database');
  if (database === undefined) throw new EngineError('snapshot-damaged', 'The manifest has tables and no database.');
  const schema = restoredSchema(snapshotId);
  const targets = restoredNames(snapshotId, described);
  // Whoever is told that they are there can rely on it.
  const settings = { ...WRITING_SETTINGS, synchronous_commit: 'on' };
  const connection = await openConnection(address, { settings, signal: context.signal });
  try {
    const load = { ...request, client: connection.client, encoding: database.properties.encoding, context };
    if (!(await areThere(connection.client, targets, request.id))) await create(load, schema, described, targets);
    return described.map((table, index) => ({
      ...{ schema: table.schema, name: table.name, restoredAs: targets[index]!, computed: table.computed },
      rows: table.holders.reduce((sum, { totals }) => sum + totals.rows, 0),
    }));
  } catch (error) {
    context.signal.throwIfAborted();
    throw explained(error, address);
  } finally {
    await connection.close();
  }
}

interface Load extends TablesToRestore {
  client: Client;
  encoding: string;
  context: WorkContext;
}

async function create(
  load: Load,
  schema: string,
  described: readonly DescribedTable[],
  targets: readonly TableName[],
): Promise<void> {
  const { client, id, snapshotId } = load;
  await client.query('BEGIN');
  await makeSchema(client, schema, snapshotId);
  for (const [index, table] of described.entries()) {
    const target = targets[index]!;
    await naming(table, () => client.query(`CREATE TABLE ${qualifiedName(target)} ${table.definition}`));
    await client.query(`COMMENT ON TABLE ${qualifiedName(target)} IS ${quoteLiteral(commentOf(table, id))}`);
  }
  const progress = new RowsProgress(load.context, described);
  for (const [index, table] of described.entries()) {
    for (const holder of table.holders) {
      await naming(table, () => loadRows(load, holder, targets[index]!, progress));
    }
  }
  load.context.signal.throwIfAborted();
  await client.query('COMMIT');
}

async function loadRows(
  { client, opened, encoding, context }: Load,
  holder: ListedTable,
  target: TableName,
  progress: RowsProgress,
): Promise<void> {
  const sql = copyInSql({ ...target, columns: holder.columns }, encoding);
  for (const { content, rows } of await segmentsIn(opened.listing, holder.table)) {
    context.signal.throwIfAborted();
    if (rows === 0) continue;
    const taken = await copyIn(client, sql, opened.vault.readContent(opened.project, content), (bytes) =>
      progress.add(bytes.length),
    );
    if (taken === rows) continue;
    throw new EngineError(
      'snapshot-damaged',
      `A segment of the table ${qualifiedName(holder)} has ${taken} rows, and the snapshot's manifest says ${rows}.`,
    );
  }
}

class RowsProgress {
  private done = 0;
  private readonly total: number;

  constructor(
    private readonly context: WorkContext,
    tables: readonly DescribedTable[],
  ) {
    this.total = tables.flatMap(({ holders }) => holders).reduce((sum, { totals }) => sum + totals.bytes, 0);
    this.add(0);
  }

  add(bytes: number): void {
    this.done += bytes;
    this.context.progress.report({ phase: 'stage-database', bytesDone: this.done, bytesTotal: this.total });
  }
}

async function naming<T>(table: TableName, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isServerError(error) || sqlState(error) === '53100') throw error;
    throw new EngineError(
      'restore-failed',
      `The table ${qualifiedName(table)} could not be restored beside the others. PostgreSQL says: ${error.message}`,
      { cause: error },
    );
  }
}
