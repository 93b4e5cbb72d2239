import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { ServerUser } from './server-user.js';

/** Keeps a new random password in a file that only the server's user (and root) can read: initdb takes it from there. */
export async function writePassword(path: string, user: ServerUser | undefined): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.chmod(0o600);
    if (user) await file.chown(user.uid, user.gid);
    await file.writeFile(`${randomBytes(24).toString('base64url')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Rejects with `password-missing`. */
export async function readPassword(path: string): Promise<string> {
  const password = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (password !== '') return password;
  throw new EmbeddedPostgresError(
    'password-missing',
    `The password of the embedded PostgreSQL should be in ${path}, which is missing or cannot be read; put it back, ` +
      `or remove the directory "cluster" beside it to begin with an empty database.`,
  );
}
