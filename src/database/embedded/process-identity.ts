import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * What distinguishes the process with this pid from every other that ever bore the same number: when
 * it was started, and in which boot. `undefined` when no such process lives.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return startTimeFromPs(pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself contain any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown boot');
  return `${boot.trim()} ${startTicks}`;
}

/** The program and arguments of a living process, joined with newlines; empty when there is none. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  // World-readable, unlike /proc/<pid>/cwd, which root in a container may not read of another user's process.
  const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return raw.replaceAll('\0', '\n').trim();
}

async function startTimeFromPs(pid: number): Promise<string | undefined> {
  return (await ps(pid, 'lstart=')) || undefined;
}

async function ps(pid: number, format: string): Promise<string> {
  const result = await run('ps', ['-ww', '-o', format, '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return result.stdout.trim();
}
