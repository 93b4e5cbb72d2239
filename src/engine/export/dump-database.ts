import { randomUUID } from 'node:crypto';
import { EngineError } from '../engine-error.js';
import type { DatabaseAddress } from '../postgres/connection/database-address.js';
import { dbnameArgument, libpqEnvironmentOf } from '../postgres/connection/libpq-environment.js';
import { saysDiskFull, wordsOf } from '../postgres/connection/program-words.js';
import { programOptions, READING_SETTINGS } from '../postgres/connection/session-settings.js';
import { startChild } from '../postgres/programs/child.js';
import { findProgram } from '../postgres/programs/programs.js';

/** One file of SQL, for psql; or a directory, for pg_restore. */
export type DumpFormat = 'plain' | 'directory';

/**
 * Has `pg_dump` write all of a database, for whoever loads it into theirs: without owners and privileges, whose roles are not there, and without what
 * would receive from other servers at once. `to` is not there yet. When it resolves all is written.
 *
 * Rejects with `EngineError('dump-failed' | 'disk-full' | 'client-tools-…')` with PostgreSQL's reason, or `signal.reason`; a part may be there then.
 */
export async function dumpDatabase(
  address: DatabaseAddress,
  { major, format, to }: { major: number; format: DumpFormat; to: string },
  signal: AbortSignal,
): Promise<void> {
  const program = await findProgram('pg_dump', { minMajor: major, preferMajor: major });
  const applicationName = `snapback export ${randomUUID()}`;
  const start = async () =>
    startChild(
      program.path,
      [
        ...[`--format=${format}`, `--file=${to}`, '--compress=0'],
        ...['--no-owner', '--no-privileges', '--no-subscriptions', '--no-password'],
        dbnameArgument(address.database),
      ],
      {
        env: {
          ...(await libpqEnvironmentOf(address, { pgOptions: programOptions(READING_SETTINGS, major) })),
          PGAPPNAME: applicationName,
        },
      },
    );
  const child = await (address.entrance?.admit(applicationName, start) ?? start());
  const stop = () => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    child.stdout.resume();
    const { code } = await child.ended;
    signal.throwIfAborted();
    if (code === 0) return;
    const words = wordsOf(child.stderr());
    const cause = new Error(child.stderr());
    if (saysDiskFull(words)) throw new EngineError('disk-full', `There is no room for the dump at ${to}.`, { cause });
    throw new EngineError('dump-failed', `pg_dump could not write the database. It says: ${words}`, { cause });
  } finally {
    signal.removeEventListener('abort', stop);
    await child.kill();
  }
}
