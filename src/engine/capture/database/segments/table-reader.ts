import { openConnection, type OpenConnection } from '../../../postgres/connection/connect.js';
import { CAPTURE_NAME, type Cut, CUT_SETTINGS } from '../../../postgres/cut/cut.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { quoteLiteral } from '../../../postgres/sql/quote.js';

/**
 * How long a reader waits behind somebody who wants to change a table, and who waits for the cut's lock to go: until
 * the end of the capture. The connection that holds the cut has the lock already and need not queue.
 */
const LOCK_TIMEOUT_MS = 1_000;
/** A reader keeps a lock on each table until its transaction ends, and the server's room for locks is limited. */
const MOST_TABLES = 500;

const READER_SETTINGS = { ...CUT_SETTINGS, lock_timeout: String(LOCK_TIMEOUT_MS) } as const;

/** A connection that sees the cut. */
export class TableReader {
  private readonly touched = new Set<number>();

  private constructor(
    private readonly connection: OpenConnection,
    private readonly snapshotName: string,
  ) {}

  /** Rejects with an `EngineError`, with what the server says, or with `signal.reason`. */
  static async open(address: DatabaseAddress, cut: Cut, context: { signal: AbortSignal }): Promise<TableReader> {
    const connection = await openConnection(address, {
      signal: context.signal,
      settings: READER_SETTINGS,
      applicationName: CAPTURE_NAME,
    });
    try {
      const reader = new TableReader(connection, cut.snapshotName);
      await reader.join();
      return reader;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get client() {
    return this.connection.client;
  }

  /** Call it before reading from a table. */
  async touch(table: number): Promise<void> {
    if (this.touched.size >= MOST_TABLES && !this.touched.has(table)) await this.rejoin();
    this.touched.add(table);
  }

  /** Sees the cut anew, without the locks it had, and also after an error. */
  async rejoin(): Promise<void> {
    await this.client.query('ROLLBACK');
    this.touched.clear();
    await this.join();
  }

  /** Never rejects. */
  close(): Promise<void> {
    return this.connection.close();
  }

  private async join(): Promise<void> {
    await this.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    await this.client.query(`SET TRANSACTION SNAPSHOT ${quoteLiteral(this.snapshotName)}`);
  }
}
