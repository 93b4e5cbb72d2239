import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { CaptureLease, Rebuild } from '../catalogue.js';
import { beingRebuilt, leaseLost } from '../catalogue-error.js';
import type { Connections } from './connections.js';

/** SQL: the lease has not run out. Not now(), which stands still within a transaction. `ms` is a parameter. */
const alive = (ms: string): string => `heartbeat > clock_timestamp() - ${ms}::float8 * interval '1 millisecond'`;

/** Another capture of the same snapshot loses its row here, and with it all power. */
const BEGIN = `
  INSERT INTO vault.captures AS c (id, project, snapshot_id, epoch, heartbeat)
  VALUES ($1, $2, $3, nextval('vault.epochs'), clock_timestamp())
  ON CONFLICT (project, snapshot_id) DO UPDATE
     SET id = EXCLUDED.id, epoch = EXCLUDED.epoch, heartbeat = EXCLUDED.heartbeat
  RETURNING epoch`;

/** Within the caller's transaction. Rejects with `CatalogueError('rebuilding')`. */
export async function beginCapture(client: ClientBase, project: string, snapshotId: string): Promise<CaptureLease> {
  const captureId = randomUUID();
  // The row comes first: a rebuild that begins now waits for it and takes it away, one that has begun is seen below.
  const { rows } = await client.query<{ epoch: string }>(BEGIN, [captureId, project, snapshotId]);
  await refuseDuringRebuild(client, project);
  return { project, captureId, snapshotId, epoch: Number(rows[0]?.epoch) };
}

/** Rejects with `CatalogueError('rebuilding')` while a rebuild of the project, other than `except`, has not ended. */
export async function refuseDuringRebuild(client: ClientBase, project: string, except?: Rebuild): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM vault.rebuilds WHERE project = $1 AND id IS DISTINCT FROM $2', [
    project,
    except?.rebuildId ?? null,
  ]);
  if (rowCount !== 0) throw beingRebuilt(project);
}

export async function renewCapture(connections: Connections, lease: CaptureLease, leaseMs: number): Promise<void> {
  const { rowCount } = await connections.query(
    `UPDATE vault.captures SET heartbeat = clock_timestamp() WHERE id = $1 AND ${alive('$2')}`,
    [lease.captureId, leaseMs],
  );
  if (rowCount === 0) throw leaseLost(lease.snapshotId);
}

export async function endCapture(connections: Connections | ClientBase, lease: CaptureLease): Promise<void> {
  await connections.query('DELETE FROM vault.captures WHERE id = $1', [lease.captureId]);
}

/**
 * Makes sure, until the caller's transaction ends, that the lease stays. `KEY SHARE` lets it be renewed and used by
 * others meanwhile, but not taken away; `UPDATE` is for ending it. Rejects with `CatalogueError('lease-lost')`.
 */
export async function holdLease(
  client: ClientBase,
  lease: CaptureLease,
  leaseMs: number,
  strength: 'KEY SHARE' | 'UPDATE',
): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM vault.captures
      WHERE id = $1 AND project = $2 AND snapshot_id = $3 AND epoch = $4 AND ${alive('$5')}
        FOR ${strength}`,
    [lease.captureId, lease.project, lease.snapshotId, lease.epoch, leaseMs],
  );
  if (rowCount === 0) throw leaseLost(lease.snapshotId);
}

/** Takes away the leases that have run out and says how many; waits for the transactions that hold one. */
export async function expireCaptures(client: ClientBase, project: string, leaseMs: number): Promise<number> {
  const { rowCount } = await client.query(`DELETE FROM vault.captures WHERE project = $1 AND NOT (${alive('$2')})`, [
    project,
    leaseMs,
  ]);
  return rowCount ?? 0;
}
