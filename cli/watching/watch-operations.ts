import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswerError, SnapbackError } from '../../sdk/typescript/index.js';
import type { Operation, Snapback } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { EnvironmentNames } from './environment-names.js';
import { OperationsLog } from './operations-log.js';
import { OperationsScreen } from './operations-screen.js';
import { watchOperation } from './watched-operation.js';
import type { WatchedOperation } from './watched-operation.js';

export interface WatchOptions {
  /** Only those of this one. */
  environmentId?: string;
  /** Ends when nothing is queued or runs any more. */
  untilIdle: boolean;
}

const LOOK_EVERY_MS = 1_000;
/** As many as a screen shows, and a service likes to stream to one caller. */
const WATCHED = 20;

/** Shows what runs until it is aborted, or idle where that was asked for: on a terminal written over, elsewhere in lines that stay. */
export async function watchOperations(run: Invocation, options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { snapback } = await run.session();
  const display =
    run.terminal.isLive && run.printer.format === 'table' && !run.quiet
      ? new OperationsScreen(run)
      : new OperationsLog(run);
  const names = new EnvironmentNames(snapback);
  let watched: WatchedOperation[] = [];
  try {
    for (let isAway = false; ;) {
      const operations = await look(snapback, options, signal);
      if (operations === undefined) {
        if (!isAway) run.printer.note('The service does not answer; it is asked again.');
      } else {
        const before = watched;
        watched = await Promise.all(
          operations.map((operation) => keepWatching(snapback, before, operation, names, () => display.show(watched))),
        );
        for (const gone of before.filter((each) => !watched.includes(each))) {
          gone.stop();
          display.ended(gone);
        }
        display.show(watched);
        if (options.untilIdle && !operations.some(({ state }) => state === 'queued' || state === 'running')) return;
      }
      isAway = operations === undefined;
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
      if (display.isUnread) return;
    }
  } finally {
    for (const each of watched) each.stop();
    display.close();
  }
}

/** Undefined when the service does not answer. Throws what will not get better by asking again. */
async function look(
  snapback: Snapback,
  { environmentId }: WatchOptions,
  signal: AbortSignal,
): Promise<readonly Operation[] | undefined> {
  const filters = environmentId === undefined ? {} : { environmentId };
  try {
    return (await snapback.operations.list(filters, { pageSize: WATCHED, signal, attempts: 1 }).first()).items;
  } catch (error) {
    const isAway = error instanceof NoAnswerError || (error instanceof SnapbackError && (error.status ?? 0) >= 500);
    if (isAway && !signal.aborted) return undefined;
    throw error;
  }
}

async function keepWatching(
  snapback: Snapback,
  before: readonly WatchedOperation[],
  operation: Operation,
  names: EnvironmentNames,
  heard: () => void,
): Promise<WatchedOperation> {
  const known = before.find((each) => each.operation.id === operation.id);
  if (known === undefined) return watchOperation(snapback, operation, await names.of(operation), heard);
  known.operation = operation;
  return known;
}
