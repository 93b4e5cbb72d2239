import { once } from 'node:events';
import { type Child, startChild } from './child.js';
import { withConnection } from './connect.js';
import type { DatabaseAddress } from './database-address.js';
import { OWN_DDL_SETTINGS } from './ddl-settings.js';
import { dbnameArgument, libpqEnvironment } from './libpq-environment.js';
import { findProgram } from './programs.js';
import { requireRestored } from './restore-outcome.js';

export interface RestoreOptions {
  /** False: everything belongs to the address's role and nobody else has privileges. */
  keepOwnersAndPrivileges: boolean;
  /** Major version of the server, so that the best `pg_restore` of several is taken. */
  serverMajor?: number;
  signal: AbortSignal;
  /** Told how many bytes of the archive have been handed over so far. */
  onBytes?: (bytesDone: number) => void;
}

/**
 * A database somebody made read-only by a setting of the role must still be restorable. Commits need
 * not wait for the disk: nobody relies on the shadow before the cutover, whose own commit waits for
 * everything that was written before it.
 */
const RESTORE_SETTINGS = '-c default_transaction_read_only=off -c synchronous_commit=off';

/**
 * Restores an archive of `dumpArchive` into the address's database, which exists and is empty, and
 * gathers statistics so that the first queries are not slow. Memory does not grow with the archive.
 *
 * Rejects with `EngineError('restore-failed' | 'disk-full' | 'client-tools-…')` and PostgreSQL's reason
 * at the first statement that fails, with `signal.reason`, or with what reading the archive threw.
 * `pg_restore` is gone by then; the database is left half filled, to be dropped.
 */
export async function restoreArchive(
  address: DatabaseAddress,
  archive: AsyncIterable<Buffer>,
  options: RestoreOptions,
): Promise<void> {
  const { signal } = options;
  const program = await findProgram('pg_restore', options.serverMajor ? { preferMajor: options.serverMajor } : {});
  signal.throwIfAborted();
  const child = await startChild(
    program.path,
    [
      '--format=custom',
      '--exit-on-error',
      '--no-password',
      ...(options.keepOwnersAndPrivileges ? [] : ['--no-owner', '--no-privileges']),
      dbnameArgument(address.database),
    ],
    { env: libpqEnvironment(address, { pgOptions: RESTORE_SETTINGS }) },
  );
  child.stdout.resume();
  const stop = () => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await feed(child, archive, options);
    await requireRestored(child, program, address, signal);
  } finally {
    signal.removeEventListener('abort', stop);
    await child.kill();
  }
  // As somebody else's table it would only be passed over with a warning: statistics are no reason to fail.
  await withConnection(address, { signal, settings: OWN_DDL_SETTINGS }, (client) => client.query('ANALYZE'));
}

/** Hands the archive over as fast as it is taken. Returns early when the program has ended by itself. */
async function feed(child: Child, archive: AsyncIterable<Buffer>, options: RestoreOptions): Promise<void> {
  const { signal } = options;
  let bytesDone = 0;
  const gone = child.ended.then(() => undefined);
  for await (const bytes of archive) {
    signal.throwIfAborted();
    if (child.stdin.destroyed) return;
    if (!child.stdin.write(bytes)) {
      const waiting = new AbortController();
      const drained = once(child.stdin, 'drain', { signal: waiting.signal }).catch(() => undefined);
      await Promise.race([drained, gone]);
      waiting.abort();
    }
    bytesDone += bytes.length;
    options.onBytes?.(bytesDone);
  }
  signal.throwIfAborted();
  child.stdin.end();
}
