import type { QueryResultRow } from 'pg';
import type { TokenBucket } from '../../../../vault/backend/wrappers/token-bucket.js';
import type { OpenSource } from '../../../../vault/packing/packing-lanes.js';
import type { CaptureWriter } from '../../../../vault/vault.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import type { Queries } from '../../../postgres/connection/queries.js';
import { CAPTURE_NAME } from '../../../postgres/cut/cut.js';
import { unpackError } from './packed-error.js';
import type { StoredRows } from './rows-into-vault.js';
import type { RowsAnswer, RowsQuestion, RowsStart } from './rows-source.js';

export interface RowsConnectionOptions {
  writer: Pick<CaptureWriter, 'open'>;
  settings: Readonly<Record<string, string>>;
  rate?: TokenBucket | undefined;
  /** Bytes of rows that were read. */
  onBytes(bytes: number): void;
  signal: AbortSignal;
}

/**
 * A connection whose socket is on a thread of the vault, where what it copies is stored. Errors are what the server or the driver says,
 * as those of a connection on this thread.
 */
export class RowsConnection implements Queries {
  private constructor(
    private readonly source: OpenSource<RowsQuestion, RowsAnswer>,
    private readonly signal: AbortSignal,
  ) {}

  /** Rejects with an `EngineError`, as the vault does, or with `signal.reason`; an abort later on closes the socket. */
  static async open(address: DatabaseAddress, options: RowsConnectionOptions): Promise<RowsConnection> {
    const { writer, settings, rate, onBytes, signal } = options;
    const { entrance, ...plain } = address;
    const start = { address: plain, settings, applicationName: CAPTURE_NAME, rate: rate?.shared };
    const source = await writer.open<RowsStart, RowsQuestion, RowsAnswer>(
      { name: 'rows-source', from: import.meta.url, start },
      onBytes,
    );
    const connection = new RowsConnection(source, signal);
    const hangUp = () => void source.close();
    signal.addEventListener('abort', hangUp, { once: true });
    try {
      signal.throwIfAborted();
      const connect = () => connection.ask({ kind: 'connect' }, 'connected');
      await (entrance ? entrance.enter(connect, () => connection.backendPid()) : connect());
      return connection;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  async query<R extends QueryResultRow>(text: string, values?: unknown[]): Promise<{ rows: R[] }> {
    const { rows } = await this.ask({ kind: 'query', text, values }, 'rows');
    return { rows: rows as R[] };
  }

  /** Stores the rows of a `COPY … TO STDOUT`. */
  async copy(statement: string): Promise<StoredRows> {
    return (await this.ask({ kind: 'copy', statement }, 'stored')).stored;
  }

  /** Never rejects. */
  close(): Promise<void> {
    return this.source.close();
  }

  private async backendPid(): Promise<number> {
    const { rows } = await this.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
    return rows[0]!.pid;
  }

  private async ask<K extends RowsAnswer['kind']>(
    question: RowsQuestion,
    expected: K,
  ): Promise<Extract<RowsAnswer, { kind: K }>> {
    const answer = await this.source.ask(question);
    this.signal.throwIfAborted();
    if (answer.kind === 'failed') throw unpackError(answer.error);
    if (answer.kind !== expected) throw new TypeError(`The answer is "${answer.kind}".`);
    return answer as Extract<RowsAnswer, { kind: K }>;
  }
}
