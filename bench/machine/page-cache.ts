import { writeFile } from 'node:fs/promises';
import { runProgram } from './program.js';

/** Drops clean pages, names and inodes. */
const EVERYTHING = '3';

/**
 * Brings the disk to rest and, unless it is to stay warm, makes the system forget what it has read, so that each run
 * begins alike. Resolves to whether it has forgotten: only root may ask for that.
 */
export async function settleMachine(warm: boolean, signal: AbortSignal): Promise<boolean> {
  await runProgram('sync', [], { signal });
  if (warm) return false;
  try {
    await writeFile('/proc/sys/vm/drop_caches', EVERYTHING);
    return true;
  } catch {
    return false;
  }
}
