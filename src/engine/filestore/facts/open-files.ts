import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

const MOST_PROGRAMS = 10;
/** A machine with thousands of processes is not worth more: this is advice, not proof. */
const BUDGET_MS = 500;

/**
 * Names of programs that have a file below a directory open, or work in it. Only what this user may see, on
 * Linux, and only what half a second finds. Never rejects.
 */
export async function programsWithOpenFiles(directory: string): Promise<string[]> {
  const deadline = performance.now() + BUDGET_MS;
  const found = new Set<string>();
  for (const pid of await readdir('/proc').catch((): string[] => [])) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    if (performance.now() > deadline || found.size >= MOST_PROGRAMS) break;
    if (await hasOpen(join('/proc', pid), directory)) found.add(await nameOf(pid));
  }
  return [...found];
}

async function hasOpen(process: string, directory: string): Promise<boolean> {
  const numbers = await readdir(join(process, 'fd')).catch((): string[] => []);
  for (const link of [join(process, 'cwd'), ...numbers.map((number) => join(process, 'fd', number))]) {
    const target = await readlink(link).catch(() => '');
    if (target === directory || target.startsWith(`${directory}/`)) return true;
  }
  return false;
}

async function nameOf(pid: string): Promise<string> {
  const name = await readFile(join('/proc', pid, 'comm'), 'utf8').catch(() => 'unknown');
  return `${name.trim()} (${pid})`;
}
