import { runProgram } from '../machine/program.js';

/** Seconds for finding every file with its size, times and inode, by a program that does nothing else. */
export async function measureWalk(directory: string, signal: AbortSignal): Promise<number> {
  const begun = performance.now();
  await runProgram('find', [directory, '-printf', '%s %T@ %C@ %i\n'], { signal });
  return (performance.now() - begun) / 1000;
}
