import { chmod, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where what was downloaded stays for the next run: `CORPUS_CACHE`, or a directory of this user's beside temporary files,
 * because PostgreSQL runs as another user who has to read it. Resolves to a directory of this name in it.
 */
export async function cacheDirectory(name: string): Promise<string> {
  const root = process.env['CORPUS_CACHE'] ?? join(tmpdir(), `snapback-corpus-cache-${process.getuid?.() ?? 0}`);
  await mkdir(root, { recursive: true });
  // Programs are run from it: nobody else may have made it.
  if ((await stat(root)).uid !== process.getuid?.()) throw new Error(`${root} belongs to somebody else.`);
  await chmod(root, 0o755);
  const directory = join(root, name);
  await mkdir(directory, { recursive: true });
  return directory;
}
