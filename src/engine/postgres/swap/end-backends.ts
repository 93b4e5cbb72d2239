import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { EngineError } from '../../engine-error.js';
import type { ServerProcess } from './swap-session.js';

/** A process that is told to end does so within moments, unless its disk hangs. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 50;

/**
 * Ends these processes of the server and waits until they are gone: what a dead worker had sent may
 * still be carried out until then. A process that only has the number of one of them is left alone.
 * Rejects with `EngineError('database-error')` when one is still there after a quarter of a minute.
 */
export async function endBackends(client: Client, backends: readonly ServerProcess[]): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
    const left = await presentOf(client, backends);
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      const message = `The server processes ${left.join(', ')} of an earlier attempt do not end; look at what they wait for.`;
      throw new EngineError('database-error', message);
    }
    for (const pid of left) await client.query('SELECT pg_terminate_backend($1)', [pid]);
  }
}

async function presentOf(client: Client, backends: readonly ServerProcess[]): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT a.pid FROM pg_stat_activity a
     JOIN unnest($1::int[], $2::text[]) AS known (pid, started) ON known.pid = a.pid
     WHERE (extract(epoch FROM a.backend_start) * 1000000)::bigint::text = known.started
       AND a.pid <> pg_backend_pid()`,
    [backends.map(({ pid }) => pid), backends.map(({ startedAt }) => startedAt)],
  );
  return rows.map(({ pid }) => pid);
}
