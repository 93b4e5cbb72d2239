import { randomUUID } from 'node:crypto';
import { EngineError } from '../../engine-error.js';
import { type Child, startChild } from './child.js';
import { CAPTURE_NAME, type Cut } from '../cut/cut.js';
import { MARKER_SCHEMA } from '../cut/cut-moment.js';
import type { DatabaseAddress } from '../connection/database-address.js';
import { dbnameArgument, libpqEnvironmentOf } from '../connection/libpq-environment.js';
import {
  saysDiskFull,
  saysLockWait,
  saysNoRoomForLocks,
  saysPermissionDenied,
  wordsOf,
} from '../connection/program-words.js';
import { noRoomForLocks } from '../connection/postgres-errors.js';
import { findProgram } from './programs.js';
import { programOptions, READING_SETTINGS } from '../connection/session-settings.js';

/** How long a dump waits, unless told, for a table that somebody has locked exclusively, before it gives up and says so. */
const LOCK_WAIT_MS = 60_000;

const MAGIC = 'PGDMP';

/**
 * What leaves a dump with everything but the rows of tables: definitions and large objects. (`--schema-only --blobs`
 * would leave out what is in the large objects, at least in version 15.) The marker's schema stays out.
 */
const DEFINITIONS_ONLY = ['--exclude-table-data=*.*', `--exclude-schema=${MARKER_SCHEMA}`];

/**
 * The database as `pg_dump` sees it under the cut, as one uncompressed archive in custom format. Read
 * no faster than it is consumed. When the iteration ends without an error the archive is whole;
 * otherwise it throws, at the latest where it would have ended:
 * `EngineError('dump-failed' | 'tables-busy' | 'database-permission-denied' | 'client-tools-…')` with PostgreSQL's
 * reason, or `signal.reason`. Either way, and when the consumer stops early, `pg_dump` is gone by then.
 */
export async function* dumpArchive(
  address: DatabaseAddress,
  cut: Pick<Cut, 'snapshotName' | 'major'>,
  context: { signal: AbortSignal; definitionsOnly?: boolean; lockTimeoutMs?: number; without?: LeftOutOfDump },
): AsyncIterable<Buffer> {
  const { signal, definitionsOnly = false, lockTimeoutMs = LOCK_WAIT_MS, without } = context;
  const program = await findProgram('pg_dump', { minMajor: cut.major, preferMajor: cut.major });
  signal.throwIfAborted();
  // Under a name that nobody knows who could want to pass for it.
  const applicationName = address.entrance === undefined ? CAPTURE_NAME : `${CAPTURE_NAME} ${randomUUID()}`;
  const start = async () =>
    startChild(
      program.path,
      [
        '--format=custom',
        '--compress=0',
        `--snapshot=${cut.snapshotName}`,
        `--lock-wait-timeout=${lockTimeoutMs}`,
        ...(definitionsOnly ? DEFINITIONS_ONLY : []),
        ...(without ? leavingOut(without) : []),
        '--no-password',
        dbnameArgument(address.database),
      ],
      {
        env: {
          ...(await libpqEnvironmentOf(address, { pgOptions: programOptions(READING_SETTINGS, cut.major) })),
          PGAPPNAME: applicationName,
        },
      },
    );
  const child = await (address.entrance?.admit(applicationName, start) ?? start());
  const stop = () => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    let begun = false;
    for await (const bytes of child.stdout as AsyncIterable<Buffer>) {
      if (!begun) requireArchive(bytes);
      begun = true;
      yield bytes;
    }
    await requireSuccess(child, address);
    if (!begun) requireArchive(Buffer.alloc(0));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await child.kill();
  }
}

/** What it begins with: rather no snapshot than one that nobody can restore. */
function requireArchive(beginning: Buffer): void {
  if (beginning.toString('latin1', 0, MAGIC.length) === MAGIC) return;
  throw new EngineError('dump-failed', 'What pg_dump has written is no archive; take the snapshot again.');
}

/** What a dump does not look at, because it may not. */
export interface LeftOutOfDump {
  relations: readonly { schema: string; name: string }[];
  largeObjects: boolean;
}

function leavingOut({ relations, largeObjects }: LeftOutOfDump): string[] {
  // In quotes a pattern stands for itself.
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  return [
    ...relations.map(({ schema, name }) => `--exclude-table=${quoted(schema)}.${quoted(name)}`),
    ...(largeObjects ? ['--no-blobs'] : []),
  ];
}

async function requireSuccess(child: Child, address: DatabaseAddress): Promise<void> {
  const { code, signal } = await child.ended;
  if (code === 0) return;
  if (signal) throw new EngineError('dump-failed', `pg_dump was ended by ${signal} before it was done; try again.`);

  const words = wordsOf(child.stderr());
  const cause = new Error(child.stderr());
  if (saysPermissionDenied(words)) {
    throw new EngineError(
      'database-permission-denied',
      `The role "${address.user}" may not read everything in the database "${address.database}"; grant it what is missing (pg_read_all_data covers all tables). PostgreSQL says: ${words}`,
      { cause },
    );
  }
  if (saysLockWait(child.stderr())) {
    throw new EngineError(
      'tables-busy',
      `Somebody holds or waits for a table of the database "${address.database}" for themselves, so that it could not be dumped; try again when they are done. PostgreSQL says: ${words}`,
      { cause },
    );
  }
  if (saysNoRoomForLocks(child.stderr())) throw noRoomForLocks(address, words, cause);
  throw new EngineError(
    saysDiskFull(words) ? 'disk-full' : 'dump-failed',
    `The database "${address.database}" could not be dumped. PostgreSQL says: ${words}`,
    { cause },
  );
}
