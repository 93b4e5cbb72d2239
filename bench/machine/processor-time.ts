import { readdir, readFile } from 'node:fs/promises';

/** What Linux counts processor time in, on every architecture it runs on here. */
export const TICKS_PER_SECOND = 100;

export interface ProcessTimes {
  pid: number;
  parent: number;
  name: string;
  own: number;
  /** Of its children that have ended, and theirs. */
  ended: number;
}

/**
 * Processor seconds of a process and all below it so far, also of those that have ended; Linux only. The difference
 * of two calls is what was used between them. Those below a process called `except` are left out, with it.
 */
export async function processorSeconds(pid: number, except?: string): Promise<number> {
  const all = await everyProcess();
  const childrenOf = Map.groupBy(all, ({ parent }) => parent);
  const sum = (one: ProcessTimes): number =>
    (childrenOf.get(one.pid) ?? [])
      .filter(({ name }) => name !== except)
      .reduce((total, child) => total + sum(child), one.own + one.ended);
  const root = all.find((one) => one.pid === pid);
  return root ? sum(root) / TICKS_PER_SECOND : 0;
}

/** Processor seconds of all programs this process has run to their end. */
export async function endedProgramsSeconds(): Promise<number> {
  return ((await timesOf(process.pid))?.ended ?? 0) / TICKS_PER_SECOND;
}

/** Processor seconds of this one process alone. */
export async function ownSeconds(pid: number): Promise<number> {
  return ((await timesOf(pid))?.own ?? 0) / TICKS_PER_SECOND;
}

/** The most memory the process has had so far, without its children; Linux only. */
export async function peakMemoryBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) * 1024;
}

/** The memory the process has now, without its children; Linux only. */
export async function memoryBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) * 1024;
}

async function everyProcess(): Promise<ProcessTimes[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map(timesOf))).filter((times) => times !== undefined);
}

function timesOf(pid: number): Promise<ProcessTimes | undefined> {
  return timesAt(pid, `/proc/${pid}/stat`);
}

/** In ticks, of the process or the thread with this number, whose file of the kind that proc(5) describes it is; undefined when it has ended. */
export async function timesAt(pid: number, path: string): Promise<ProcessTimes | undefined> {
  const stat = await readFile(path, 'utf8').catch(() => '');
  const match = /^\d+ \((.*)\) \S (\d+) (.*)$/s.exec(stat.trim());
  if (!match) return undefined;
  // The fields from the fifth on: proc(5) has user and system time as 14 to 17.
  const [userTime = 0, systemTime = 0, endedUser = 0, endedSystem = 0] = match[3]!.split(' ').slice(9, 13).map(Number);
  return {
    pid,
    name: match[1]!,
    parent: Number(match[2]),
    own: userTime + systemTime,
    ended: endedUser + endedSystem,
  };
}
