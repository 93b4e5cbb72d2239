import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs a bench with a directory of its own, which every user may pass through and which is gone afterwards. Its signal
 * is aborted at SIGINT and SIGTERM, so that it ends in order.
 */
export async function runInterruptible(
  name: string,
  work: (workDirectory: string, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error('The bench was interrupted.'));
  // Not once: a terminal and npm both send it, and a second one must not end the process before it has cleaned up.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const workDirectory = await mkdtemp(join(tmpdir(), `snapback-${name}-bench-`));
  try {
    // PostgreSQL's user has to pass through.
    await chmod(workDirectory, 0o755);
    await work(workDirectory, interrupted.signal);
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
