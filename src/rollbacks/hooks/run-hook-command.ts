import { spawn } from 'node:child_process';
import { EngineError } from '../../engine/engine-error.js';
import { dieWithParent } from '../../engine/postgres/programs/child.js';
import { programSpan } from '../../engine/postgres/programs/program-span.js';
import { formatTraceparent } from '../../tracing/traceparent.js';

/** What a command says is for the log only as far as it explains a failure. */
const KEPT_CHARACTERS = 500;

/**
 * Runs a program of the worker's with the event as JSON on its standard input: no shell, no arguments, an environment
 * of PATH alone, and of TRACEPARENT where traces are made. Rejects with `EngineError('hook-failed')` for any exit status but 0; after `timeoutSeconds` it is
 * killed together with everything it has started.
 */
export async function runHookCommand(
  name: string,
  program: string,
  event: object,
  timeoutSeconds: number,
): Promise<void> {
  const [command, ...rest] = [...(await dieWithParent()), program];
  // Detached: a process group of its own, so that its children can be killed with it.
  const span = programSpan(name, { 'snapback.hook': name });
  const traceparent = formatTraceparent(span.context);
  const child = spawn(command!, rest, {
    detached: true,
    env: { PATH: process.env['PATH'], ...(traceparent !== undefined && { TRACEPARENT: traceparent }) },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  span.endWith(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, KEPT_CHARACTERS)));
  child.stdin.on('error', () => undefined).end(JSON.stringify(event));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(child.pid);
  }, timeoutSeconds * 1000);
  const status = await new Promise<number | string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    // Not `close`: a child that has left the group could hold the pipe open for ever.
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  clearTimeout(timer);
  if (isLate) throw failed(name, `it did not end within ${timeoutSeconds} s and was killed`);
  if (status !== 0) throw failed(name, `it ended with ${status}${said.trim() ? ` (${said.trim()})` : ''}`);
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in this very moment.
  }
}

function failed(name: string, why: string): EngineError {
  return new EngineError('hook-failed', `The hook command ${name} failed: ${why}.`);
}
