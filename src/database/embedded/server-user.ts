import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

const run = promisify(execFile);

/** The operating-system user that PostgreSQL's packages create for its servers. */
const PACKAGE_USER = 'postgres';

export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * The operating-system user as which the server has to run: PostgreSQL refuses to run as root, so
 * root lends it the package's user. `undefined` means: as ourselves.
 * Rejects with `os-user-missing` when we are root and there is no such user.
 */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const [uid, gid] = await Promise.all([idOf('-u'), idOf('-g')]);
    return { name: PACKAGE_USER, uid, gid };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'os-user-missing',
      `PostgreSQL refuses to run as root and the operating-system user "${PACKAGE_USER}" does not exist; ` +
        `install PostgreSQL's server package (on Debian: apt-get install postgresql), or start Snapback as another user.`,
      { cause },
    );
  }
}

async function idOf(option: '-u' | '-g'): Promise<number> {
  return Number((await run('id', [option, PACKAGE_USER])).stdout);
}
