import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { whileHearing } from '../waiting/interrupts.js';

export type ProgramEnd =
  | { kind: 'succeeded' }
  /** `how`: "exit status 3", "SIGTERM". */
  | { kind: 'failed'; how: string; exitCode: number }
  | { kind: 'not-started'; why: string };

/**
 * Runs a program with this one's terminal, and waits for its end also when this one is told to end: signals go on to it. Of Ctrl-C at a terminal it hears
 * by itself.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<ProgramEnd> {
  const child = spawn(program, args, { stdio: 'inherit', env: environment });
  const forward = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  return whileHearing(
    forward,
    () =>
      new Promise<ProgramEnd>((resolve) => {
        child.once('error', (error: NodeJS.ErrnoException) =>
          resolve({ kind: 'not-started', why: error.code ?? error.message }),
        );
        child.once('exit', (code, signal) => {
          if (code === 0) resolve({ kind: 'succeeded' });
          else if (signal === null) resolve({ kind: 'failed', how: `exit status ${code}`, exitCode: code ?? 1 });
          else resolve({ kind: 'failed', how: signal, exitCode: 128 + constants.signals[signal] });
        });
      }),
  );
}
