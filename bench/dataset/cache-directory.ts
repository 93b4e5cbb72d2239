import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what benches prepare is kept from run to run, outside the project. It can be removed at any time. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'snapback', 'bench');
}
