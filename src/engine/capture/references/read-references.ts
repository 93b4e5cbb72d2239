import type { Client } from 'pg';
import { EngineError } from '../../engine-error.js';
import { withConnection } from '../../postgres/connection/connect.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { isRefusal, serverReasonOf, saysLockNotAvailable } from '../../postgres/connection/postgres-errors.js';
import type { DatabaseCapture } from '../database/database-capture.js';
import type { FileReferences } from './check-references.js';
import { PathSpool } from './path-spool.js';

/** Rows asked for at a time: a table of attachments may have millions. */
const FETCH = 10_000;

/** How long a query may take unless told. */
const QUERY_SECONDS = 300;

/** The operator's query sees its tables as the application does; only what a capture depends on is set. */
const SETTINGS = {
  row_security: 'off',
  statement_timeout: '0',
  // Whoever waits to change a table waits for the cut, and we would wait behind them.
  lock_timeout: '1000',
  idle_in_transaction_session_timeout: '0',
} as const;

/**
 * Runs the operator's query in the state that is being captured and keeps the paths it returns, so that the cut need not wait until all
 * files are captured. One column of text; NULL and empty text refer to nothing. It cannot change anything: the transaction is
 * read-only, and the server takes no second statement. Memory is bounded; many paths take room in the directory for
 * temporary files. The caller closes what it resolves to.
 *
 * Rejects with `EngineError('file-references-failed')` and PostgreSQL's reason, as `PathSpool` does, otherwise as `withConnection`
 * does.
 */
export async function readReferences(
  address: DatabaseAddress,
  cut: Pick<DatabaseCapture, 'snapshotName' | 'underLocks'>,
  { query, timeoutSeconds = QUERY_SECONDS }: Pick<FileReferences, 'query' | 'timeoutSeconds'>,
  { signal }: { signal: AbortSignal },
): Promise<PathSpool> {
  const options = { signal, settings: SETTINGS, applicationName: 'snapback file references' };
  const paths = new PathSpool();
  const reading = { query, until: Date.now() + timeoutSeconds * 1000 };
  try {
    await withConnection(address, options, async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      await client.query(`SET TRANSACTION SNAPSHOT '${cut.snapshotName}'`);
      await readAll(client, reading, paths);
    }).catch(async (error: unknown) => {
      signal.throwIfAborted();
      if (!saysLockNotAvailable(serverReasonOf(error))) throw error;
      await cut.underLocks((client) => readAll(client, reading, paths));
    });
    return paths;
  } catch (error) {
    await paths.close();
    signal.throwIfAborted();
    const cause = serverReasonOf(error);
    if (!isRefusal(cause)) throw error;
    throw new EngineError('file-references-failed', failureOf(cause, timeoutSeconds), { cause });
  }
}

const SYNTAX_OR_NAMES = /^42/;
/** A second statement, or one that writes: these words are PostgreSQL's own. */
const NOT_ONE_QUERY = /^(cannot insert multiple commands|cannot execute |DECLARE CURSOR must not )/;
const CANCELED = '57014';

/**
 * What may be said of a failure. PostgreSQL's words have values in them where they come of running it (`invalid input syntax …`), and
 * not where they come of reading its text.
 */
function failureOf(error: Error, timeoutSeconds: number): string {
  const {
    code = '',
    position,
    internalQuery,
  } = error as Error & Partial<Record<'code' | 'position' | 'internalQuery', string>>;
  if (code === CANCELED)
    return `The query in fileReferences took longer than ${timeoutSeconds} s (FILE_REFERENCES_SECONDS) and was stopped; make it faster.`;
  // Of a name that is made while it runs (`…::regclass`) there is no position.
  const isOfItsText = SYNTAX_OR_NAMES.test(code) && position !== undefined && internalQuery === undefined;
  const mayBeSaid = isOfItsText || NOT_ONE_QUERY.test(error.message);
  const says = mayBeSaid ? `PostgreSQL says: ${error.message}` : `PostgreSQL says ${code}; run it there to see why`;
  return `The query in fileReferences failed; mend it in the settings. ${says}`;
}

interface Reading {
  query: string;
  /** Milliseconds since 1970. */
  until: number;
}

async function readAll(client: Client, { query, until }: Reading, paths: PathSpool): Promise<void> {
  // Of the transaction, each statement gets what is left.
  const limit = () => client.query(`SET LOCAL statement_timeout = ${Math.max(1, until - Date.now())}`);
  await limit();
  // What has a name is prepared first, and only one statement can be. The line break ends a comment at the query's end.
  const text = `DECLARE file_references NO SCROLL CURSOR FOR ${query.replace(/;\s*$/, '')}\n`;
  await client.query({ name: 'file references', text });
  for (;;) {
    await limit();
    const { rows } = await client.query<unknown[]>({ text: `FETCH ${FETCH} FROM file_references`, rowMode: 'array' });
    if (rows.length === 0) return;
    await paths.add(rows.flatMap(([path]) => (path === null || path === '' ? [] : [String(path)])));
  }
}
