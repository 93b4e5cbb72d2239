import type { Standby } from '../../contract/generated/types.gen.js';
import type { StandbyEntity } from './standby.entity.js';

/** What people see of an environment's standbys, oldest first: the one that is ready, or else what becomes of the newest. */
export function toStandbyDto(rows: readonly StandbyEntity[]): Standby | null {
  // One that only goes is no news.
  const told = rows.filter(({ status, reason }) => status !== 'going' || reason !== null);
  const shown = told.findLast(({ status }) => status === 'ready') ?? told.at(-1);
  if (shown === undefined) return null;
  const { status, snapshotId, built, createdAt, readyAt, reason } = shown;
  return {
    status: status === 'going' ? 'missing' : status,
    snapshotId,
    databaseBytes: built?.database?.bytes ?? null,
    filestoreBytes: built?.directory?.bytes ?? null,
    createdAt: createdAt.toISOString(),
    readyAt: readyAt?.toISOString() ?? null,
    reason,
  };
}
