import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A directory of this user's that holds what `fill` has put into it, made once for each `about`: another version of anything is
 * another directory. It appears when it is whole; of two who make it at the same time one wins.
 */
export async function cached(
  name: string,
  about: unknown,
  fill: (directory: string) => Promise<unknown>,
): Promise<string> {
  const root = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'snapback', 'toolchains');
  const version = createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 12);
  const directory = join(root, `${name}-${version}`);
  if (existsSync(directory)) return directory;
  const half = join(root, `.${name}-${randomUUID()}`);
  await mkdir(half, { recursive: true });
  try {
    await fill(half);
    await rename(half, directory).catch((error: unknown) => {
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(half, { recursive: true, force: true });
  }
  return directory;
}
