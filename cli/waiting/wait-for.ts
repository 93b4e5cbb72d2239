import { isCancel, select } from '@clack/prompts';
import { NoAnswerError, SnapbackError } from '../../sdk/typescript/index.js';
import type { WaitOptions } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { EXIT } from '../outcome/exit-codes.js';
import { failed, interrupted, OutcomeError, refused } from '../outcome/outcome-error.js';
import { progressFor } from '../progress/progress-for.js';
import type { WorkProgress } from '../progress/shown-progress.js';
import { whileHearing } from './interrupts.js';

/** Work of the service that somebody waits for. It goes on whether anybody waits or not. */
export interface AwaitedWork<E extends WorkProgress, T> {
  /** As in "the snapshot": the subject of sentences about it. */
  what: string;
  wait(options: WaitOptions<E>): Promise<T>;
  /** Calls it off; left out where that cannot be done. */
  cancel?(): Promise<unknown>;
  /** The command that looks at it later. */
  lookAgain: string;
}

/**
 * Shows its progress and returns what came of it. Ctrl-C asks what to do with it where somebody can answer; a second one, and any other signal, leaves it
 * running and says so.
 */
export async function waitFor<E extends WorkProgress, T>(run: Invocation, work: AwaitedWork<E, T>): Promise<T> {
  const { terminal, quiet } = run;
  const stopped = new AbortController();
  let shown = progressFor(terminal, quiet);
  let asking = false;
  const leave = () =>
    stopped.abort(interrupted(`Interrupted; ${work.what} goes on. Look at it again: ${work.lookAgain}`));

  const ask = async () => {
    asking = true;
    shown.end();
    const choice = await askWhatToDo(work);
    if (choice === 'leave') leave();
    else if (choice === 'cancel') stopped.abort(await cancelled(work));
    else shown = progressFor(terminal, quiet);
    asking = false;
  };
  const heard = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGINT' || asking || !terminal.canAsk) leave();
    else ask().catch((error: unknown) => stopped.abort(error));
  };
  const onProgress = (event: E) => {
    if (!asking) shown.show(event);
  };

  return whileHearing(heard, async () => {
    try {
      return await untilAborted(work.wait({ signal: stopped.signal, onProgress }), stopped.signal);
    } catch (error) {
      throw whatIsLeft(error, work);
    } finally {
      shown.end();
    }
  });
}

/** What waits may take its time to hear that it was called off. */
async function untilAborted<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  return Promise.race([waiting, aborted]);
}

async function askWhatToDo(work: AwaitedWork<never, unknown>): Promise<'cancel' | 'leave' | 'wait'> {
  const choice = await select({
    message: `Interrupted. What becomes of ${work.what}?`,
    options: [
      { value: 'leave' as const, label: 'Leave it running, and stop watching' },
      ...(work.cancel === undefined ? [] : [{ value: 'cancel' as const, label: 'Cancel it' }]),
      { value: 'wait' as const, label: 'Go on watching' },
    ],
    output: process.stderr,
  });
  return isCancel(choice) ? 'leave' : choice;
}

async function cancelled(work: AwaitedWork<never, unknown>): Promise<OutcomeError> {
  await work.cancel?.();
  return interrupted(`Interrupted; ${work.what} is being cancelled. Look at it again: ${work.lookAgain}`);
}

/** Somebody who has waited wants to know of the work, and not only of the connection. */
function whatIsLeft(error: unknown, work: AwaitedWork<never, unknown>): unknown {
  const then = `${capital(work.what)} may go on all the same; look at it again: ${work.lookAgain}`;
  if (error instanceof OutcomeError && error.exitCode === EXIT.refused)
    return refused(`${error.message} ${then}`, { cause: error });
  if (error instanceof NoAnswerError) return failed(`The service does not answer any more. ${then}`, { cause: error });
  if (error instanceof SnapbackError && error.status === 401) {
    return refused(`The token is not valid any more. ${then}, once you are logged in again.`, { cause: error });
  }
  return error;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
