import { openConnection, type OpenConnection } from '../../../postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import type { Queries } from '../../../postgres/connection/queries.js';
import { CAPTURE_NAME, type Cut, CUT_SETTINGS } from '../../../postgres/cut/cut.js';
import { quoteLiteral } from '../../../postgres/sql/quote.js';
import { RowsConnection, type RowsConnectionOptions } from './rows-connection.js';
import type { RowsReader, StoredRows } from './rows-into-vault.js';

/**
 * How long a reader waits behind somebody who wants to change a table, and who waits for the cut's lock to go: until
 * the end of the capture. The connection that holds the cut has the lock already and need not queue.
 */
const LOCK_TIMEOUT_MS = 1_000;
/** A reader keeps a lock on each table until its transaction ends, and the server's room for locks is limited. */
const MOST_TABLES = 500;

const READER_SETTINGS = { ...CUT_SETTINGS, lock_timeout: String(LOCK_TIMEOUT_MS) } as const;

export type TableReaderContext = Omit<RowsConnectionOptions, 'settings'>;

/**
 * A connection that sees the cut. It begins on this thread, where asking whether rows have changed costs no thread; for the first rows
 * that are read it moves to one of the vault's, and stays there.
 */
export class TableReader implements RowsReader {
  private readonly touched = new Set<number>();
  private rows: RowsConnection | undefined;

  private constructor(
    private readonly address: DatabaseAddress,
    private readonly snapshotName: string,
    private readonly context: TableReaderContext,
    private connection: OpenConnection,
  ) {}

  /** Rejects with an `EngineError`, with what the server says, or with `signal.reason`. */
  static async open(address: DatabaseAddress, cut: Cut, context: TableReaderContext): Promise<TableReader> {
    const connection = await openConnection(address, {
      signal: context.signal,
      settings: READER_SETTINGS,
      applicationName: CAPTURE_NAME,
    });
    try {
      const reader = new TableReader(address, cut.snapshotName, context, connection);
      await reader.join();
      return reader;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get client(): Queries {
    return this.rows ?? this.connection.client;
  }

  /** Call it before reading from a table. */
  async touch(table: number): Promise<void> {
    if (this.touched.size >= MOST_TABLES && !this.touched.has(table)) await this.rejoin();
    this.touched.add(table);
  }

  /** Call it before copying, and before what is set for the copying alone. */
  async readyToCopy(): Promise<void> {
    if (this.rows) return;
    this.rows = await RowsConnection.open(this.address, { ...this.context, settings: READER_SETTINGS });
    const tables = [...this.touched];
    this.touched.clear();
    await this.join();
    for (const table of tables) this.touched.add(table);
    await this.connection.close();
  }

  async copy(statement: string): Promise<StoredRows> {
    if (!this.rows) throw new Error('The reader is not ready to copy.');
    return this.rows.copy(statement);
  }

  /** Sees the cut anew, without the locks it had, and also after an error. */
  async rejoin(): Promise<void> {
    await this.client.query('ROLLBACK');
    this.touched.clear();
    await this.join();
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.rows?.close();
    await this.connection.close();
  }

  private async join(): Promise<void> {
    await this.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    await this.client.query(`SET TRANSACTION SNAPSHOT ${quoteLiteral(this.snapshotName)}`);
  }
}
