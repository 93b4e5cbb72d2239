import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { usage } from '../outcome/outcome-error.js';

const LOOK_EVERY_MS = 50;
/** Longer than any work takes: a provider has half a minute for each of two answers. */
const LONGEST_MS = 90_000;

/**
 * Does the work while no other process works on this file: what was read is still so when it is written. Whoever dies in between keeps nobody waiting. Not to
 * be called by the work itself.
 */
export async function alone<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(cannotBeChanged(path));
  while (!(await took(lock).catch(cannotBeChanged(path)))) {
    if (await wasLeftBehind(lock)) await rm(lock, { force: true });
    else await pause(LOOK_EVERY_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

function cannotBeChanged(path: string) {
  return (cause: Error): never => {
    throw usage(`${path} cannot be changed: ${cause.message}.`, { cause });
  };
}

async function took(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, `${hostname()} ${process.pid}`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function wasLeftBehind(lock: string): Promise<boolean> {
  try {
    const [{ mtimeMs }, text] = [await stat(lock), await readFile(lock, 'utf8')];
    const [host, pid] = text.split(' ');
    return Date.now() - mtimeMs > LONGEST_MS || (host === hostname() && !isAlive(Number(pid)));
  } catch {
    // It was given back meanwhile.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
