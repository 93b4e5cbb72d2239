import { execFile } from 'node:child_process';
import { chown, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../../engine/postgres/programs/programs.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { launchCommand } from './launch-command.js';
import type { ServerUser } from './server-user.js';
import { readPassword, writePassword } from './superuser-password.js';

const run = promisify(execFile);
const INITDB_TIMEOUT_MS = 120_000;
const UNFINISHED_PREFIX = 'cluster.unfinished-';

export const SUPERUSER = 'postgres';

export interface Cluster {
  /** PostgreSQL's data directory. */
  directory: string;
  /** The major version that created it and that has to run it. */
  major: number;
  superuserPassword: string;
}

/**
 * The database cluster in `home`, created on the first call. It appears there complete or not at all:
 * an initdb that was killed leaves nothing that a later start would take for a cluster.
 */
export async function openCluster(home: string, user: ServerUser | undefined): Promise<Cluster> {
  const directory = join(home, 'cluster');
  const passwordFile = join(home, 'superuser-password');
  if ((await majorOf(directory)) === undefined) {
    await writePassword(passwordFile, user);
    await createCluster(home, directory, passwordFile, user);
  }
  await checkOwner(directory, user);
  const major = (await majorOf(directory)) ?? 0;
  return { directory, major, superuserPassword: await readPassword(passwordFile) };
}

async function createCluster(home: string, directory: string, passwordFile: string, user: ServerUser | undefined) {
  await removeUnfinished(home);
  const initdb = await findProgram('initdb');
  const unfinished = await mkdtemp(join(home, UNFINISHED_PREFIX));
  try {
    if (user) await chown(unfinished, user.uid, user.gid);
    await runInitdb(initdb.path, unfinished, passwordFile, user);
    await rename(unfinished, directory);
    await syncDirectory(home);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function runInitdb(initdb: string, directory: string, passwordFile: string, user: ServerUser | undefined) {
  const attempt = async (locale: string) => {
    const args = ['-D', directory, '-U', SUPERUSER, '-A', 'scram-sha-256', '-E', 'UTF8', `--locale=${locale}`];
    const launch = await launchCommand(initdb, [...args, `--pwfile=${passwordFile}`], user, 'KILL');
    await run(launch.command, launch.args, { ...launch.options, timeout: INITDB_TIMEOUT_MS });
  };
  try {
    // Not every system has C.UTF-8, which knows the letters outside ASCII; all have C.
    await attempt('C.UTF-8').catch((error: unknown) => {
      if (!wordsOf(error).includes('invalid locale')) throw error;
      return attempt('C');
    });
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'initdb-failed',
      `PostgreSQL's initdb could not create the database in ${directory}: ${wordsOf(cause)}`,
      { cause },
    );
  }
}

/** The last line a failed program wrote, without secrets: initdb never prints the password. */
function wordsOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return stderr?.trim().split('\n').join(' ') || message;
}

async function checkOwner(directory: string, user: ServerUser | undefined): Promise<void> {
  const owner = (await stat(directory)).uid;
  const expected = user?.uid ?? process.getuid?.();
  if (expected === undefined || owner === expected) return;
  throw new EmbeddedPostgresError(
    'directory-unusable',
    `The embedded database in ${directory} belongs to operating-system user ${owner}, and the server would run as ` +
      `${expected}; start Snapback as the user who created it, or choose another data directory.`,
  );
}

async function majorOf(directory: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(directory, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new EmbeddedPostgresError(
      'directory-unusable',
      `The embedded database in ${directory} cannot be read (${(error as NodeJS.ErrnoException).code}); ` +
        'start Snapback as the user who created it, or choose another data directory.',
      { cause: error },
    );
  }
}

async function removeUnfinished(home: string): Promise<void> {
  const names = (await readdir(home)).filter((name) => name.startsWith(UNFINISHED_PREFIX));
  await Promise.all(names.map((name) => rm(join(home, name), { recursive: true, force: true })));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}
