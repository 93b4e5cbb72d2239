import { readdir } from 'node:fs/promises';
import { median } from '../results.js';
import { TICKS_PER_SECOND, timesAt } from './processor-time.js';

/** Processor seconds of a Node process by what its threads are for; those that have ended are in none of them. */
export interface ThreadSeconds {
  /** The thread that everything begins on. */
  main: number;
  /** Threads that the program has started: lanes, scanners, writers. */
  workers: number;
  /** V8's own, which collect garbage and compile. */
  engine: number;
  /** libuv's, which wait for files and look up names. */
  pool: number;
}

const GROUPS: readonly [RegExp, keyof ThreadSeconds][] = [
  [/^V8Worker/, 'engine'],
  [/^libuv-worker/, 'pool'],
];

/** Of a process so far; Linux only. The difference of two calls is what was used between them. */
export async function threadSeconds(pid: number): Promise<ThreadSeconds> {
  const seconds: ThreadSeconds = { main: 0, workers: 0, engine: 0, pool: 0 };
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const times = await timesAt(Number(thread), `/proc/${pid}/task/${thread}/stat`);
    if (!times) continue;
    const group = Number(thread) === pid ? 'main' : (GROUPS.find(([name]) => name.test(times.name))?.[1] ?? 'workers');
    seconds[group] += times.own / TICKS_PER_SECOND;
  }
  return seconds;
}

export function threadsBetween(before: ThreadSeconds, after: ThreadSeconds): ThreadSeconds {
  const of = (group: keyof ThreadSeconds): number => Math.max(0, after[group] - before[group]);
  return { main: of('main'), workers: of('workers'), engine: of('engine'), pool: of('pool') };
}

/** Of each kind of thread the median share of all of the process, in percent. */
export function threadShares(runs: readonly ThreadSeconds[]): Record<keyof ThreadSeconds, number> {
  const share = (group: keyof ThreadSeconds): number => {
    const shares = runs.map((run) => (run[group] / Object.values(run).reduce((sum, one) => sum + one, 0)) * 100);
    return Math.round(median(shares) * 10) / 10;
  };
  return { main: share('main'), workers: share('workers'), engine: share('engine'), pool: share('pool') };
}

export function printThreadShares(what: string, shares: Record<keyof ThreadSeconds, number>): void {
  console.log(
    `Of the processor seconds of ${what} the main thread has ${shares.main} %, threads of the program ${shares.workers} %, ` +
      `V8's collectors and compilers ${shares.engine} %, libuv's pool ${shares.pool} %.`,
  );
}
