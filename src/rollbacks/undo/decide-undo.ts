import type { RollbackLogEntity } from '../rollback-log.entity.js';

export interface UndoFacts {
  log: Pick<
    RollbackLogEntity,
    'status' | 'keptUntil' | 'undoExpiredAt' | 'undoneBy' | 'keptDatabase' | 'keptDirectory' | 'journal'
  >;
  /** The rollback that is under way in the environment. */
  busyWith: string | null;
  /** A rollback that has changed the environment since. */
  newer: string | null;
}

/** Why a rollback cannot be undone, a sentence; null when it can. */
export function decideUndo({ log, busyWith, newer }: UndoFacts, now: Date): string | null {
  const { status, keptUntil, undoExpiredAt, undoneBy } = log;
  if (busyWith !== null) return `The rollback ${busyWith} is under way; wait for it to end.`;
  if (undoneBy !== null) return `The rollback ${undoneBy} has undone it already.`;
  if (status === 'reverted') return 'The rollback was reverted: the previous state is in place.';
  if (status !== 'completed') return `The rollback is ${status}; only a completed one can be undone.`;
  if (newer !== null) return `The rollback ${newer} has changed the environment since.`;
  if (undoExpiredAt !== null) return `The previous state was given up at ${undoExpiredAt.toISOString()}.`;
  if (keptUntil === null || log.journal === null) return 'The previous state was not kept.';
  if (keptUntil <= now) return `The previous state was kept until ${keptUntil.toISOString()}.`;
  return null;
}
