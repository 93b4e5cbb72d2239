import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

const MOST_PROGRAMS = 10;
/** A machine with thousands of processes is not worth more: this is advice, not proof. */
const BUDGET_MS = 500;

/**
 * Names of programs that have a file below a directory open, or work in it. Only what this user may see, on
 * Linux, and only what half a second finds. Never rejects.
 *
 * Each call blocks, and lets others go on between two processes: what is below `/proc` waits for no disk, and to ask another thread for each
 * of some thousand links took five times as long.
 */
export async function programsWithOpenFiles(directory: string): Promise<string[]> {
  const deadline = performance.now() + BUDGET_MS;
  const found = new Set<string>();
  for (const pid of orNone(() => readdirSync('/proc'))) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    if (performance.now() > deadline || found.size >= MOST_PROGRAMS) break;
    if (hasOpen(join('/proc', pid), directory)) found.add(nameOf(pid));
    await setImmediate();
  }
  return [...found];
}

function hasOpen(process: string, directory: string): boolean {
  const numbers = orNone(() => readdirSync(join(process, 'fd')));
  return [join(process, 'cwd'), ...numbers.map((number) => join(process, 'fd', number))].some((link) => {
    const [target = ''] = orNone(() => [readlinkSync(link)]);
    return target === directory || target.startsWith(`${directory}/`);
  });
}

function nameOf(pid: string): string {
  const [name = 'unknown'] = orNone(() => [readFileSync(join('/proc', pid, 'comm'), 'utf8')]);
  return `${name.trim()} (${pid})`;
}

/** A process may end at any moment, and belong to somebody else. */
function orNone(look: () => string[]): string[] {
  try {
    return look();
  } catch {
    return [];
  }
}
