import { runProgram } from './program.js';

/** Copies a directory with everything that belongs to it, sharing the blocks where the file system can. `to` is new. */
export async function copyTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  await runProgram('cp', ['--archive', '--reflink=auto', '--no-target-directory', from, to], { signal });
}

/** Copies what is in one directory over another that exists. */
export async function copyOver(from: string, to: string, signal: AbortSignal): Promise<void> {
  await runProgram('cp', ['--archive', '--reflink=auto', `${from}/.`, to], { signal });
}
