import { spawn } from 'node:child_process';

export interface ProgramOptions {
  signal: AbortSignal;
  cwd?: string;
  /** Beside PATH, HOME and the like. */
  env?: Record<string, string>;
  /** Exit statuses that are as good as 0. */
  alsoFine?: readonly number[];
}

/**
 * Runs a program to its end and resolves to what it wrote to its standard output. Rejects, with the end of its
 * standard error, when it fails; aborting the signal ends it.
 */
export function runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { signal, cwd, env, alsoFine = [] } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      signal,
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
      // Without a process there will be no "close".
      if (child.pid === undefined) reject(error);
    });
    // Only when it has ended may its directories be removed, so also after an abort.
    child.once('close', (status) => {
      if (failure !== undefined) reject(failure);
      else if (status === 0 || alsoFine.includes(status ?? -1)) resolve(output);
      else reject(new Error(`${program} ended with status ${status}: ${complaint}`));
    });
  });
}

/**
 * Runs lines of bash, each after the one before it, with `$1` and so on; the first one that fails, anywhere in a
 * pipeline, fails it.
 */
export async function runScript(
  lines: readonly string[],
  args: readonly string[],
  options: ProgramOptions,
): Promise<void> {
  await runProgram('bash', ['-euo', 'pipefail', '-c', lines.join('\n'), 'bash', ...args], options);
}

/** Whether a program can be run. */
export async function isThere(program: string, options: ProgramOptions): Promise<boolean> {
  try {
    await runProgram(program, ['--version'], options);
    return true;
  } catch (error) {
    options.signal.throwIfAborted();
    // Whether it knows the option is not the question.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
