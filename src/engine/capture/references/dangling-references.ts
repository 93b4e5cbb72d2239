import type { Client } from 'pg';
import { EngineError } from '../../engine-error.js';
import { withConnection } from '../../postgres/connect.js';
import type { Cut } from '../../postgres/cut.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { isServerError } from '../../postgres/postgres-errors.js';

/** Rows asked for at a time: a table of attachments may have millions. */
const FETCH = 10_000;
/** Paths that are named; the others are counted. */
const NAMED = 20;

/** The operator's query sees its tables as the application does; only what a capture depends on is set. */
const SETTINGS = {
  row_security: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
} as const;

export interface DanglingReferences {
  references: number;
  dangling: number;
  /** The first of them. */
  named: string[];
}

/**
 * Runs the operator's query in the state that is being captured, and says which of the paths it returns the snapshot does
 * not have. One column of text; NULL and empty text refer to nothing. It cannot change anything: the transaction is read-only, and
 * the server takes no second statement. Rejects with `EngineError('file-references-failed')` and PostgreSQL's reason,
 * otherwise as `withConnection` does.
 */
export async function findDanglingReferences(
  address: DatabaseAddress,
  cut: Pick<Cut, 'snapshotName'>,
  query: string,
  isCaptured: (path: string) => boolean,
  { signal }: { signal: AbortSignal },
): Promise<DanglingReferences> {
  const options = { signal, settings: SETTINGS, applicationName: 'snapback file references' };
  return withConnection(address, options, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    await client.query(`SET TRANSACTION SNAPSHOT '${cut.snapshotName}'`);
    try {
      return await readAll(client, query, isCaptured);
    } catch (error) {
      signal.throwIfAborted();
      if (!isServerError(error)) throw error;
      throw new EngineError(
        'file-references-failed',
        `The query in fileReferences failed; mend it in the settings. PostgreSQL says: ${error.message}`,
        { cause: error },
      );
    }
  });
}

async function readAll(
  client: Client,
  query: string,
  isCaptured: (path: string) => boolean,
): Promise<DanglingReferences> {
  const found: DanglingReferences = { references: 0, dangling: 0, named: [] };
  // What has a name is prepared first, and only one statement can be. The line break ends a comment at the query's end.
  const text = `DECLARE file_references NO SCROLL CURSOR FOR ${query.replace(/;\s*$/, '')}\n`;
  await client.query({ name: 'file references', text });
  for (;;) {
    const { rows } = await client.query<unknown[]>({ text: `FETCH ${FETCH} FROM file_references`, rowMode: 'array' });
    if (rows.length === 0) return found;
    for (const [path] of rows) {
      if (path === null || path === '') continue;
      found.references += 1;
      if (typeof path === 'string' && isCaptured(path)) continue;
      found.dangling += 1;
      if (found.named.length < NAMED) found.named.push(String(path));
    }
  }
}
