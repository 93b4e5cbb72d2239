import { readdir, readFile } from 'node:fs/promises';

/** Process ids of this process's own children that run a program of this name. Linux only. */
export async function childrenRunning(program: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    const status = await statusOf(pid);
    if (status?.program === program && status.parent === process.pid) found.push(pid);
  }
  return found;
}

/** Whether a process is there and alive: one that has ended may stay visible until its parent asks. Linux only. */
export async function isRunning(pid: number): Promise<boolean> {
  return (await statusOf(pid)) !== undefined;
}

async function statusOf(pid: number): Promise<{ program: string; parent: number } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, program, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(stat) ?? [];
  return program === undefined || state === 'Z' ? undefined : { program, parent: Number(parent) };
}
