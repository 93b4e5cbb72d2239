import type { SnapshotStatus } from '../contract/generated/types.gen.js';

/** What happens to a snapshot. */
export type SnapshotChange = 'take' | 'handBack' | 'complete' | 'fail' | 'cancel' | 'sameAsBefore' | 'remove' | 'drop';

interface Transition {
  from: readonly SnapshotStatus[];
  /** Null: its row goes. */
  to: SnapshotStatus | null;
  /** It has ended: others are told, as `snapshotEnded`. */
  ends?: true;
  /** It needs no base from here on. */
  releasesBase?: true;
  /** What it has in the vault is the keeper's to remove. `of earlier attempts`: only theirs, whose workers may have died. */
  leaves?: 'everything' | 'of earlier attempts';
}

/** Every way a snapshot's status may change, and what follows. `SnapshotLifecycle` is the only one who changes it, by this table. */
export const transitions: Record<SnapshotChange, Transition> = {
  /** A worker begins, or begins again after another one was lost. */
  take: { from: ['queued', 'running'], to: 'running' },
  /** A worker that is shut down has another one begin again. */
  handBack: { from: ['running'], to: 'queued' },
  complete: { from: ['running'], to: 'completed', ends: true, leaves: 'of earlier attempts' },
  fail: { from: ['queued', 'running'], to: 'failed', ends: true, releasesBase: true, leaves: 'everything' },
  cancel: { from: ['queued', 'running'], to: 'cancelled', ends: true, releasesBase: true, leaves: 'everything' },
  /** There is another one of the same: it is not needed. */
  sameAsBefore: { from: ['running'], to: 'cancelled', ends: true, releasesBase: true, leaves: 'of earlier attempts' },
  /** Nobody can begin to use it any more; the vault follows. */
  remove: { from: ['completed', 'failed', 'cancelled'], to: 'deleting', leaves: 'everything' },
  /** The vault has nothing of it any more. */
  drop: { from: ['deleting'], to: null },
};

export function hasEnded(status: SnapshotStatus): boolean {
  return status !== 'queued' && status !== 'running';
}
