import { execFile } from 'node:child_process';
import { access, chmod, chown, constants, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { ServerUser } from './server-user.js';

const run = promisify(execFile);

/** In the data directory: one line, the directory in which the server's files are. */
export const POINTER_FILE = 'elsewhere.txt';
/** In that directory: one line, the data directory it stands in for. */
const BELONGS_TO_FILE = 'belongs-to.txt';

/** Where things go when the server's user may not enter the data directory. Only root gets there. */
const DEFAULT_ELSEWHERE = '/var/lib/snapback';

/**
 * The directory for the server's files: the data directory itself, or, when the server's user may not
 * enter that (a clone in root's home), one below `elsewhere`, named in a pointer file and in the log.
 * The data directory is created when it is missing. A moved data directory keeps its server; a copied
 * one gets its own. Rejects with `directory-unusable`.
 */
export async function chooseHome(
  dataDir: string,
  user: ServerUser | undefined,
  options: { elsewhere?: string; log: (message: string) => void },
): Promise<string> {
  const wanted = await createDirectory(resolve(dataDir), user);
  const pointed = await followPointer(wanted);
  if (pointed) return pointed;
  if (!user || (await mayHold(wanted, user))) {
    await rm(join(wanted, POINTER_FILE), { force: true });
    return wanted;
  }

  const home = await newDirectoryIn(options.elsewhere ?? DEFAULT_ELSEWHERE, user);
  if (!(await mayHold(home, user))) {
    await rm(home, { recursive: true });
    throw new EmbeddedPostgresError(
      'directory-unusable',
      `The operating-system user "${user.name}" may enter neither ${wanted} nor ${home}; ` +
        'choose a data directory that every user may pass through.',
    );
  }
  await point(wanted, home);
  options.log(`The user "${user.name}" may not enter ${wanted}: the database's files are in ${home}.`);
  return home;
}

/** `undefined` when there is no pointer, or one that a copy brought along from a data directory that still uses it. */
async function followPointer(wanted: string): Promise<string | undefined> {
  const home = await readLine(join(wanted, POINTER_FILE));
  if (home === undefined) return undefined;
  const owner = await readLine(join(home, BELONGS_TO_FILE));
  if (owner === undefined) {
    throw new EmbeddedPostgresError(
      'directory-unusable',
      `The database's files should be in ${home}, which cannot be read: start Snapback as the user who created ` +
        `them, or remove ${join(wanted, POINTER_FILE)} to begin with an empty database.`,
    );
  }
  if (owner === wanted) return home;
  const original = await readLine(join(owner, POINTER_FILE));
  if (original === home) return undefined;
  await point(wanted, home);
  return home;
}

async function point(wanted: string, home: string): Promise<void> {
  await writeFile(join(home, BELONGS_TO_FILE), `${wanted}\n`);
  await writeFile(join(wanted, POINTER_FILE), `${home}\n`);
}

async function readLine(path: string): Promise<string | undefined> {
  return (await readFile(path, 'utf8').catch(() => undefined))?.trim() || undefined;
}

async function createDirectory(path: string, user: ServerUser | undefined): Promise<string> {
  try {
    const first = await mkdir(path, { recursive: true });
    // Whatever our umask is, the server's user must pass through what was created here. Each file in it
    // has its own, stricter mode.
    if (first !== undefined && user) await makePassable(path, first);
    await access(path, constants.W_OK | constants.X_OK);
    return await realpath(path);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'directory-unusable',
      `The directory ${path} cannot be created or written to (${(cause as NodeJS.ErrnoException).code}); ` +
        'give it to the user who runs Snapback, or choose another data directory.',
      { cause },
    );
  }
}

/** Of a new name each time: a data directory without pointer begins with an empty database, as it does in place. */
async function newDirectoryIn(parent: string, user: ServerUser): Promise<string> {
  const home = await mkdtemp(join(await createDirectory(parent, user), 'postgres-'));
  await chmod(home, 0o711);
  return home;
}

async function makePassable(path: string, first: string): Promise<void> {
  await chmod(path, 0o711);
  if (path !== first) await makePassable(dirname(path), first);
}

/** Tried rather than derived from permission bits, which know nothing of access lists and odd mounts. */
async function mayHold(directory: string, user: ServerUser): Promise<boolean> {
  const probe = await mkdtemp(join(directory, '.probe-'));
  try {
    await chown(probe, user.uid, user.gid);
    await run('test', ['-w', probe], { uid: user.uid, gid: user.gid, cwd: '/' });
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}
