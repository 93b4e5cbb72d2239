import {
  DeploymentEndedError,
  ExportNotCompletedError,
  GateClosedError,
  ItemRestoreNotCompletedError,
  NoAnswerError,
  RollbackNotCompletedError,
  SnapbackError,
  SnapshotNotCompletedError,
} from '../../sdk/typescript/index.js';
import { EXIT } from '../outcome/exit-codes.js';
import { failed, OutcomeError, refused } from '../outcome/outcome-error.js';
import { toldOutcome } from '../outcome/told-outcome.js';

/** Errors that say how the work itself has ended. */
const ENDS = [
  SnapshotNotCompletedError,
  RollbackNotCompletedError,
  ItemRestoreNotCompletedError,
  ExportNotCompletedError,
  GateClosedError,
  DeploymentEndedError,
];

/** What to throw for what ended waiting: who has waited wants to know of the work, and not only of the connection. */
export function whatIsLeft(error: unknown, { what, lookAgain }: { what: string; lookAgain: string }): unknown {
  const then = `${capital(what)} may go on all the same; look at it again: ${lookAgain}`;
  if (ENDS.some((kind) => error instanceof kind)) return error;
  if (error instanceof NoAnswerError) return failed(`The service does not answer any more. ${then}`, { cause: error });
  if (error instanceof SnapbackError && error.status === 401) {
    return refused(`The token is not valid any more. ${then}, once you are logged in again.`, { cause: error });
  }
  const told = toldOutcome(error);
  // A fault of this program is told with all that is known of it; who has interrupted knows; and what is not there does not go on.
  if (told === undefined || told.exitCode === EXIT.interrupted || told.exitCode === EXIT.notFound) return error;
  return new OutcomeError(told.exitCode, `${told.sentence} ${then}`, { cause: error });
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
