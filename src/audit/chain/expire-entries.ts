import type { DataSource } from 'typeorm';
import { statementsOf } from './statements.js';

/** Entries that go in one transaction. */
const BATCH = 5000;

/**
 * Removes the oldest entries of a chain, until none is left that is older than `days` by the database's clock, or `signal` is aborted.
 * The anchor moves with each batch, so that what is kept can still be proven. Resolves to how many went.
 */
export async function expireEntries(
  dataSource: DataSource,
  organization: string,
  days: number,
  signal: AbortSignal,
): Promise<number> {
  let gone = 0;
  while (!signal.aborted) {
    const batch = await dataSource.transaction(async (manager) => {
      const run = statementsOf(manager);
      // Whoever appends waits meanwhile, and nobody else expires the same ones.
      await run('SELECT FROM audit_chains WHERE organization = $1 FOR UPDATE', [organization]);
      const [last] = await run<{ sequence: string; hash: string }>(
        `SELECT sequence, hash FROM (
           SELECT sequence, hash, bool_and(at < now() - make_interval(days => $2)) OVER (ORDER BY sequence) AS old
             FROM (SELECT sequence, hash, at FROM audit_entries WHERE organization = $1 ORDER BY sequence LIMIT ${BATCH}) oldest
         ) judged WHERE old ORDER BY sequence DESC LIMIT 1`,
        [organization, days],
      );
      if (last === undefined) return 0;
      // First, for nothing goes that is not behind the anchor.
      await run('UPDATE audit_chains SET anchor_sequence = $2, anchor_hash = $3 WHERE organization = $1', [
        organization,
        last.sequence,
        last.hash,
      ]);
      const [removed] = await run<{ count: string }>(
        `WITH gone AS (DELETE FROM audit_entries WHERE organization = $1 AND sequence <= $2 RETURNING 1)
         SELECT count(*) FROM gone`,
        [organization, last.sequence],
      );
      return Number(removed?.count ?? 0);
    });
    gone += batch;
    if (batch < BATCH) break;
  }
  return gone;
}
