import type { Client } from 'pg';
import { EngineError } from '../../engine-error.js';
import { withConnection } from '../../postgres/connect.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { isRefusal, reasonOf, saysLockNotAvailable } from '../../postgres/postgres-errors.js';
import type { DatabaseCapture } from '../database/database-capture.js';
import { PathSpool } from './path-spool.js';

/** Rows asked for at a time: a table of attachments may have millions. */
const FETCH = 10_000;

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
  query: string,
  { signal }: { signal: AbortSignal },
): Promise<PathSpool> {
  const options = { signal, settings: SETTINGS, applicationName: 'snapback file references' };
  const paths = new PathSpool();
  try {
    await withConnection(address, options, async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      await client.query(`SET TRANSACTION SNAPSHOT '${cut.snapshotName}'`);
      await readAll(client, query, paths);
    }).catch(async (error: unknown) => {
      signal.throwIfAborted();
      if (!saysLockNotAvailable(reasonOf(error))) throw error;
      await cut.underLocks((client) => readAll(client, query, paths));
    });
    return paths;
  } catch (error) {
    await paths.close();
    signal.throwIfAborted();
    const cause = reasonOf(error);
    if (!isRefusal(cause)) throw error;
    throw new EngineError(
      'file-references-failed',
      `The query in fileReferences failed; mend it in the settings. PostgreSQL says: ${cause.message}`,
      { cause },
    );
  }
}

async function readAll(client: Client, query: string, paths: PathSpool): Promise<void> {
  // What has a name is prepared first, and only one statement can be. The line break ends a comment at the query's end.
  const text = `DECLARE file_references NO SCROLL CURSOR FOR ${query.replace(/;\s*$/, '')}\n`;
  await client.query({ name: 'file references', text });
  for (;;) {
    const { rows } = await client.query<unknown[]>({ text: `FETCH ${FETCH} FROM file_references`, rowMode: 'array' });
    if (rows.length === 0) return;
    await paths.add(rows.flatMap(([path]) => (path === null || path === '' ? [] : [String(path)])));
  }
}
