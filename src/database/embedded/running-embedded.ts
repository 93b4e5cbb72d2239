import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { urlOfEmbedded } from './embedded-postgres.js';
import { POINTER_FILE } from './home-directory.js';
import { hasLivingOwner } from './owner-lock.js';
import { readRememberedPort } from './port.js';
import { readPassword } from './superuser-password.js';

/**
 * Where the embedded PostgreSQL of a running service is; undefined when none runs. Changes nothing. A secret: it has the password,
 * which is only given out while the process lives that the server belongs to.
 */
export async function urlOfRunningEmbedded(dataDir: string): Promise<string | undefined> {
  const pointed = (await readFile(join(dataDir, POINTER_FILE), 'utf8').catch(() => '')).trim();
  const home = pointed === '' ? dataDir : pointed;
  if (!(await hasLivingOwner(join(home, 'owner.lock')))) return undefined;
  const port = await readRememberedPort(home);
  const password = await readPassword(join(home, 'superuser-password')).catch(() => undefined);
  return port === undefined || password === undefined ? undefined : urlOfEmbedded(port, password);
}
