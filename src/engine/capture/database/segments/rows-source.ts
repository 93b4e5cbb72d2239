import type { Client } from 'pg';
import { TokenBucket, type SharedBucket } from '../../../../vault/backend/wrappers/token-bucket.js';
import type { ContentSink } from '../../../../vault/packing/content-sink.js';
import type { ContentSource } from '../../../../vault/packing/content-source.js';
import { openConnection, type OpenConnection } from '../../../postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { copyInto } from '../../../postgres/copy/copy-into.js';
import { type PackedError, packError } from './packed-error.js';
import type { StoredRows } from './rows-into-vault.js';

export interface RowsStart {
  /** Without an entrance: whoever asks to connect goes through that. */
  address: Omit<DatabaseAddress, 'entrance'>;
  settings: Readonly<Record<string, string>>;
  applicationName: string;
  rate: SharedBucket | undefined;
}

export type RowsQuestion =
  | { kind: 'connect' }
  | { kind: 'query'; text: string; values: readonly unknown[] | undefined }
  /** Stores the rows of a `COPY … TO STDOUT`. */
  | { kind: 'copy'; statement: string };

export type RowsAnswer =
  | { kind: 'connected' }
  | { kind: 'rows'; rows: unknown[] }
  | { kind: 'stored'; stored: StoredRows }
  | { kind: 'failed'; error: PackedError };

/** A connection that copies rows into the vault, on one of its threads; loaded by rows-connection.ts. */
export default function rowsSource(start: RowsStart, sink: ContentSink): ContentSource<RowsQuestion, RowsAnswer> {
  const stop = new AbortController();
  const rate = start.rate && TokenBucket.of(start.rate);
  let connection: OpenConnection | undefined;

  const answer = async (question: RowsQuestion): Promise<RowsAnswer> => {
    if (question.kind === 'connect') {
      const { address, settings, applicationName } = start;
      connection = await openConnection(address, { settings, applicationName, signal: stop.signal });
      return { kind: 'connected' };
    }
    if (connection === undefined) throw new Error('The source is not connected.');
    const { client } = connection;
    if (question.kind === 'copy') return { kind: 'stored', stored: await store(client, question.statement) };
    const { rows } = await client.query<Record<string, unknown>>(
      question.text,
      question.values && [...question.values],
    );
    return { kind: 'rows', rows };
  };

  const store = async (client: Client, statement: string): Promise<StoredRows> => {
    try {
      const rows = await copyInto(client, statement, sink, rate && ((bytes) => rate.take(bytes)));
      return { rows, content: sink.end() };
    } catch (error) {
      sink.drop();
      throw error;
    }
  };

  return {
    answer: (question) => answer(question).catch((error: unknown) => ({ kind: 'failed', error: packError(error) })),
    close: () => {
      stop.abort(new Error('The capture is over.'));
      void connection?.close();
    },
  };
}
