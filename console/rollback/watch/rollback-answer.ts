import type { RollbackLog, RollbackProgress, RollbackStepName } from '../../../sdk/typescript/index.js';
import { duration } from '../../ui/amounts.js';

/** The failure of one whose swap only a person can end. */
const NEEDS_PERSON = 'cutover-incomplete';

const RUNNING: Record<Exclude<RollbackStepName, 'safety'>, string> = {
  prepare: 'Looking at the environment again; it is up.',
  'stage-database': 'Rebuilding the database beside the live one; the environment is up.',
  'stage-filestore': 'Rebuilding the filestore beside the live one; the environment is up.',
  verify: 'Comparing what was rebuilt with what was captured; the environment is up.',
  'keep-live': 'Copying what the snapshot has left out as it is live; the environment is up.',
  cutover: 'Swapping: the environment is closed for a moment.',
  recovery: 'A worker was lost in the swap; another one finishes or reverts it.',
  cleanup: 'The new state is live; what was swapped out is put in its place.',
};

/** Where a rollback is, in a sentence. Pure. */
export function rollbackAnswer(log: RollbackLog, event: RollbackProgress | undefined): string {
  const { status, downtimeMs, undoneBy, failure, undoOf } = log;
  const what = undoOf === null ? 'rollback' : 'undo';
  switch (status) {
    case 'queued':
      return 'Waiting for a worker; nothing has been touched yet.';
    case 'running': {
      const step = event?.phase ?? log.steps.at(-1)?.name;
      return step === undefined || step === 'safety' ? 'Begun; the environment is up.' : RUNNING[step];
    }
    case 'completed': {
      const down = downtimeMs === null ? 'Done.' : `Done: down for ${duration(downtimeMs)}.`;
      return undoneBy === null ? down : `${down} It has been undone since.`;
    }
    case 'failed':
      return failure?.code === NEEDS_PERSON
        ? 'It needs a person: the swap could be neither finished nor reverted. Both states are kept.'
        : `The ${what} failed; the state of before is in place.`;
    case 'reverted':
      return 'A worker was lost in the swap; the state of before is in place and open.';
    case 'cancelled':
      return 'Called off before the swap; the environment was not touched.';
  }
}

/** How long it can still be undone; undefined: it cannot, or not any more. */
export function undoLeftMs({ undoableUntil }: Pick<RollbackLog, 'undoableUntil'>, now: number): number | undefined {
  const left = undoableUntil === null ? 0 : Date.parse(undoableUntil) - now;
  return left > 0 ? left : undefined;
}

/** In whole minutes until it becomes urgent. */
export function timeLeft(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 5) return duration(Math.ceil(ms / 1000) * 1000);
  return minutes <= 120 ? `${minutes} minutes` : duration(minutes * 60_000);
}
