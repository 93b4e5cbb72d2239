import { readdir, readFile } from 'node:fs/promises';

const TICKS_PER_SECOND = 100;

/** Processor seconds of this process by what its threads are for; those that have ended are in none of them. Linux only. */
export interface ThreadSeconds {
  /** The thread that everything begins on. */
  main: number;
  /** Threads that this program has started: lanes, scanners, writers. */
  workers: number;
  /** V8's, which collect garbage and compile. */
  collectors: number;
  /** libuv's, which wait for files and look up names. */
  pool: number;
}

const GROUPS: readonly [RegExp, keyof ThreadSeconds][] = [
  [/^V8Worker/, 'collectors'],
  [/^libuv-worker/, 'pool'],
];

export async function threadSeconds(): Promise<ThreadSeconds> {
  const seconds: ThreadSeconds = { main: 0, workers: 0, collectors: 0, pool: 0 };
  for (const thread of await readdir('/proc/self/task')) {
    const stat = await readFile(`/proc/self/task/${thread}/stat`, 'utf8').catch(() => '');
    const match = /^\d+ \((.*)\) \S (.*)$/s.exec(stat.trim());
    if (!match) continue;
    // The fields from the fourth on: proc(5) has user and system time as 14 and 15.
    const [user = 0, system = 0] = match[2]!.split(' ').slice(10, 12).map(Number);
    const group =
      Number(thread) === process.pid ? 'main' : (GROUPS.find(([name]) => name.test(match[1]!))?.[1] ?? 'workers');
    seconds[group] += (user + system) / TICKS_PER_SECOND;
  }
  return seconds;
}

/** A part of all, in percent. */
export function shareOf(seconds: ThreadSeconds, group: keyof ThreadSeconds): number {
  const all = Object.values(seconds).reduce((sum, one) => sum + one, 0);
  return all === 0 ? 0 : (seconds[group] / all) * 100;
}
