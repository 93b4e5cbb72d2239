import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** A fast shutdown ends with a checkpoint, which takes its time on a slow disk. */
const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;
const POLL_MS = 20;

/**
 * Ends a server: first in order (sessions are rolled back, then a checkpoint), and when that takes
 * too long at once, which costs the next start a recovery but no committed data.
 * Resolves when `isGone` says so; rejects with `stop-failed`.
 */
export async function endServer(pid: number, isGone: () => Promise<boolean>): Promise<void> {
  if (await signalAndWait(pid, 'SIGINT', isGone, FAST_SHUTDOWN_MS)) return;
  if (await signalAndWait(pid, 'SIGQUIT', isGone, IMMEDIATE_SHUTDOWN_MS)) return;
  throw new EmbeddedPostgresError(
    'stop-failed',
    `The embedded PostgreSQL (process ${pid}) does not stop; end it by hand.`,
  );
}

async function signalAndWait(
  pid: number,
  signal: 'SIGINT' | 'SIGQUIT',
  isGone: () => Promise<boolean>,
  patienceMs: number,
): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  if (await isGone()) return true;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  while (performance.now() < deadline) {
    if (await isGone()) return true;
    await sleep(POLL_MS);
  }
  return false;
}
