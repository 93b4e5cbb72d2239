import { join } from 'node:path';
import { cached } from './cache.js';
import { execute } from './execute.js';
import { python } from './tools.js';

/**
 * The Python of a virtual environment in this user's cache, into which pip has put what `wanted` says, in its own words. `about`: what else
 * makes it another environment. Programs in it know where it was made: modules are run by `-m`.
 */
export async function pythonWith(name: string, wanted: readonly string[], about?: string): Promise<string> {
  const interpreter = python();
  const directory = await cached(name, { interpreter, wanted, about }, async (half) => {
    await execute({ run: [interpreter, '-m', 'venv', half] });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await execute({ run: [join(half, 'bin', 'python'), ...pip, ...wanted] });
  });
  return join(directory, 'bin', 'python');
}
