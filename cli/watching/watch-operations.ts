import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswerError, SnapbackError } from '../../sdk/typescript/index.js';
import type { Operation } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { LiveLines } from '../progress/live-lines.js';
import { progressLine, progressLogLine } from '../progress/progress-line.js';
import { visible } from '../output/visible.js';
import { relativeTime } from '../output/words.js';
import { EnvironmentNames } from './environment-names.js';
import { watchOperation } from './watched-operation.js';
import type { WatchedOperation } from './watched-operation.js';

export interface WatchOptions {
  /** Only those of this one. */
  environmentId?: string;
  /** Ends when nothing is queued or runs any more. */
  untilIdle: boolean;
}

const LOOK_EVERY_MS = 1_000;
/** As many as a screen shows and a service likes to stream to one caller; the rest is told in a number. */
const SHOWN = 10;

/** Shows what runs, live, and tells in a line what has ended; on a terminal it writes over itself, elsewhere lines stay. Throws the reason when it is aborted. */
export async function watchOperations(run: Invocation, options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { snapback } = await run.session();
  const names = new EnvironmentNames(snapback);
  const screen = run.terminal.isLive && !run.quiet ? new LiveLines(run.terminal) : undefined;
  const watched = new Map<string, WatchedOperation>();
  const told = new Map<string, string>();
  let away = false;
  try {
    for (;;) {
      const present = await snapback.operations
        .list(options.environmentId === undefined ? {} : { environmentId: options.environmentId }, {
          pageSize: 100,
          signal,
          attempts: 1,
        })
        .first()
        .catch((error: unknown) => {
          if (!isAway(error) || signal.aborted) throw error;
          if (!away) run.printer.note('The service does not answer; it is asked again.');
          return undefined;
        });
      away = present === undefined;
      if (present !== undefined) {
        const { items } = present;
        for (const operation of items
          .filter(({ state }) => state === 'queued' || state === 'running')
          .slice(0, SHOWN)) {
          const known = watched.get(operation.id);
          if (known === undefined)
            watched.set(
              operation.id,
              watchOperation(snapback, operation, () => undefined),
            );
          else known.operation = operation;
        }
        for (const [id, gone] of watched) {
          if (items.some((item) => item.id === id)) continue;
          gone.stop();
          watched.delete(id);
          told.delete(id);
          run.printer.note(`${await titleOf(gone.operation, names)}: ${gone.progress?.status ?? 'ended'}`);
        }
        await show(run, screen, items, watched, told, names);
        if (options.untilIdle && !items.some(({ state }) => state === 'queued' || state === 'running')) return;
      }
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
      // Nobody looks on any more.
      if (run.terminal.isUnwatched) return;
    }
  } finally {
    for (const each of watched.values()) each.stop();
    screen?.end();
  }
}

async function show(
  run: Invocation,
  screen: LiveLines | undefined,
  items: readonly Operation[],
  watched: ReadonlyMap<string, WatchedOperation>,
  told: Map<string, string>,
  names: EnvironmentNames,
): Promise<void> {
  const lines: string[] = [];
  for (const operation of items.slice(0, SHOWN)) {
    const title = visible(await titleOf(operation, names));
    const progress = watched.get(operation.id)?.progress;
    const live =
      progress === undefined
        ? stateOf(operation)
        : progressLine(progress, Math.max(20, run.terminal.errColumns - title.length - 3));
    lines.push(`${title}  ${live}`);
    if (screen !== undefined || run.quiet) continue;
    const logged = progress === undefined ? stateOf(operation) : progressLogLine(progress);
    // Of progress only the phase makes another line: the log of a pipeline is read later.
    const changed = progress === undefined ? logged : (progress.phase ?? progress.status);
    if (told.get(operation.id) !== changed) run.terminal.err(`${title}  ${logged}`);
    told.set(operation.id, changed);
  }
  if (items.length > SHOWN) lines.push(`and ${items.length - SHOWN} more: snapback operations list`);
  if (lines.length === 0) lines.push('Nothing runs, and nothing hangs.');
  screen?.show(lines);
}

async function titleOf(operation: Operation, names: EnvironmentNames): Promise<string> {
  const name = await names.of(operation);
  return `${operation.kind} ${operation.id.slice(0, 8)}${name === '' ? '' : ` of ${name}`}`;
}

function stateOf({ state, since, reason }: Operation): string {
  return `${state} since ${relativeTime(since, Date.now())}${reason === null ? '' : `: ${visible(reason.message)}`}`;
}

function isAway(error: unknown): boolean {
  return error instanceof NoAnswerError || (error instanceof SnapbackError && (error.status ?? 0) >= 500);
}
