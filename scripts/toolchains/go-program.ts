import { basename, join } from 'node:path';
import { cached } from './cache.js';
import { execute } from './execute.js';

/** A program of a Go module, of this version, built once into this user's cache. Needs Go. Resolves to its path. */
export async function goProgram(path: string, version: string): Promise<string> {
  const name = basename(path);
  const directory = await cached(name, { path, version }, (GOBIN) =>
    execute({ run: ['go', 'install', `${path}@${version}`], env: { GOBIN, GOFLAGS: '' } }),
  );
  return join(directory, name);
}
