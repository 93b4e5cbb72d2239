import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../vault/catalogue/postgres/connections.js';
import type { ProjectSummary, SnapshotState } from '../../vault/check/finding.js';
import { learn, stateOf, type KnownFinding, type RestorabilityEvent } from './restorability.js';

/**
 * Writes into the snapshots' rows what a check of the vault has found. Only a check that has read every byte takes
 * something back, and one that could not tell says nothing. Does nothing where there is no such table, or none of this
 * version yet: a vault may be checked beside an empty database.
 */
export async function recordChecked(connections: Pool, summary: ProjectSummary): Promise<void> {
  if (summary.inconclusive || !(await hasSnapshots(connections, 'restorability'))) return;
  const readAll = summary.packsRead === summary.packs && summary.contentsUnread === 0;
  for (const snapshot of summary.snapshots) {
    const event = eventOf(snapshot, readAll);
    if (event === undefined) continue;
    await inTransaction(connections, (client) => learnOf(client, snapshot.snapshotId, event));
  }
}

function eventOf({ state, reasons }: SnapshotState, readAll: boolean): RestorabilityEvent | undefined {
  if (state === 'whole') return readAll ? { event: 'vault-whole' } : undefined;
  const finding = { code: 'snapshot-damaged', message: reasons.join(' '), blocking: true };
  return { event: 'vault-damaged', findings: [finding] };
}

/** The same as `learnOfSnapshot`, without the service. */
async function learnOf(client: PoolClient, snapshotId: string, event: RestorabilityEvent): Promise<void> {
  const { rows } = await client.query<{ findings: KnownFinding[]; provenAt: Date | null }>(
    `SELECT restorability_findings AS findings, proven_at AS "provenAt" FROM public.snapshots
      WHERE id = $1 AND status = 'completed' FOR UPDATE`,
    [snapshotId],
  );
  const [known] = rows;
  if (known === undefined) return;
  const now = learn(known, event);
  if (now === known) return;
  await client.query(
    `UPDATE public.snapshots SET restorability = $2, restorability_findings = $3::jsonb, proven_at = $4 WHERE id = $1`,
    [snapshotId, stateOf(now), JSON.stringify(now.findings), now.provenAt],
  );
}

/** Ids of the snapshots that the service takes for completed. */
export async function expectedSnapshots(connections: Pool, project: string): Promise<string[]> {
  if (!(await hasSnapshots(connections, 'id'))) return [];
  const { rows } = await connections.query<{ id: string }>(
    `SELECT id FROM public.snapshots WHERE project_id = $1 AND status = 'completed' ORDER BY id`,
    [project],
  );
  return rows.map(({ id }) => id);
}

async function hasSnapshots(connections: Pool, column: string): Promise<boolean> {
  const { rows } = await connections.query<{ known: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.snapshots') AND attname = $1) AS known`,
    [column],
  );
  return rows[0]?.known === true;
}
