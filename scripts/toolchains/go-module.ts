import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.js';
import { execute } from './execute.js';

/**
 * Some files and folders of a Go module, of this version, kept in this user's cache without the rest of it. Needs Go. Resolves to the
 * directory they lie in, by the same paths as in the module.
 */
export async function goModuleFiles(path: string, version: string, files: readonly string[]): Promise<string> {
  return cached(path.replaceAll('/', '-'), { path, version, files }, async (half) => {
    // Modules that only carry what we want may be large: none of them stays in Go's own cache.
    const GOMODCACHE = join(half, '.modules');
    const { stdout } = await execute({
      run: ['go', 'mod', 'download', '-json', `${path}@${version}`],
      cwd: half,
      env: { GOMODCACHE, GOFLAGS: '-modcacherw' },
    });
    const { Dir: directory } = JSON.parse(stdout) as { Dir: string };
    for (const file of files) await cp(join(directory, file), join(half, file), { recursive: true });
    await rm(GOMODCACHE, { recursive: true });
  });
}
