import type { WaitOptions } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { interrupted } from '../outcome/outcome-error.js';
import { toldOutcome } from '../outcome/told-outcome.js';
import { visible } from '../output/visible.js';
import { progressFor } from '../progress/progress-for.js';
import type { WorkProgress } from '../progress/shown-progress.js';
import { askWhatToDo } from './ask-what-to-do.js';
import { whileHearing } from './interrupts.js';
import { untilAborted } from './until-aborted.js';
import { capital, whatIsLeft } from './what-is-left.js';

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
  const { reconnectMs } = await run.session();
  const stopped = new AbortController();
  const over = new AbortController();
  let shown = progressFor(terminal, quiet);
  let latest: E | undefined;
  let asking = false;
  let cancelling: Promise<boolean> | undefined;
  const leave = () =>
    stopped.abort(interrupted(`Interrupted; ${work.what} goes on. Look at it again: ${work.lookAgain}`));

  const ask = async () => {
    asking = true;
    shown.end();
    const choice = await askWhatToDo(run, work, over.signal);
    if (choice === 'cancel') cancelling = isCancelled(run, work);
    if (choice === 'leave') leave();
    else if (cancelling !== undefined && (await cancelling)) stopped.abort(cancelled(work));
    else {
      shown = progressFor(terminal, quiet);
      // The next event may take its time.
      if (latest !== undefined) shown.show(latest);
    }
    asking = false;
  };
  const heard = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGINT' || asking || !terminal.canAsk) leave();
    else ask().catch((error: unknown) => stopped.abort(error));
  };
  const onProgress = (event: E) => {
    latest = event;
    if (!asking) shown.show(event);
  };

  return whileHearing(heard, async () => {
    try {
      const waiting = work.wait({
        signal: stopped.signal,
        onProgress,
        ...(reconnectMs !== undefined && { reconnectMs }),
      });
      return await untilAborted(waiting, stopped.signal);
    } catch (error) {
      // That it was cancelled may be heard of before the answer to who cancelled it.
      throw (await cancelling) === true ? cancelled(work) : whatIsLeft(error, work);
    } finally {
      shown.end();
      // A question that is still there is about nothing any more.
      over.abort();
    }
  });
}

/** Says why when it is not: too late for a rollback that swaps already, for one, which is looked on at then. */
async function isCancelled({ terminal }: Invocation, { what, cancel }: AwaitedWork<never, unknown>): Promise<boolean> {
  try {
    await cancel?.();
    return true;
  } catch (error) {
    const why = toldOutcome(error)?.sentence ?? (error as Error).message;
    terminal.err(visible(`${capital(what)} is not cancelled: ${why}`));
    return false;
  }
}

function cancelled({ what, lookAgain }: AwaitedWork<never, unknown>): Error {
  return interrupted(`Interrupted; ${what} is being cancelled. Look at it again: ${lookAgain}`);
}
