import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { waitUntil } from '../../e2e/wait-until.js';

const STOP_AT = pathToFileURL(join(import.meta.dirname, 'stop-at.mjs')).href;

/**
 * What a worker is started with that is to stop itself at a step, `step:before` or `step:after`, and whose clock jumps by so many
 * milliseconds meanwhile. The steps are those of `stop-at.mjs`.
 */
export function stoppingAt(at: string, clockJumpMs = 0): NodeJS.ProcessEnv {
  return { STOP_AT: at, CLOCK_JUMP_MS: String(clockJumpMs), NODE_OPTIONS: `--import=${STOP_AT}` };
}

export async function hasStopped(pid: number): Promise<void> {
  await waitUntil('the worker has stopped', () => isStopped(pid), { seconds: 60, everyMs: 20 });
}

async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /^\d+ \(.*\) T /s.test(stat);
}
