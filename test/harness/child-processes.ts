import { readdir, readFile, readlink } from 'node:fs/promises';

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

/** Whether a process holds one of these TCP ports of 127.0.0.1, as the kernel lists them. */
export async function hasLocalPort(pid: number, ports: readonly number[]): Promise<boolean> {
  const wanted = new Set(ports.map((port) => port.toString(16).toUpperCase().padStart(4, '0')));
  const sockets = new Set<string>();
  for (const line of (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1)) {
    const [, local, , , , , , , , inode] = line.trim().split(/\s+/);
    if (local !== undefined && inode !== undefined && wanted.has(local.split(':')[1]!))
      sockets.add(`socket:[${inode}]`);
  }
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    if (sockets.has(target)) return true;
  }
  return false;
}
