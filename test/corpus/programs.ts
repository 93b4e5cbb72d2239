import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';

const OUTPUT_LIMIT = 1 << 30;

/** Programs and what they are told; what they run as is ended with this process by the kernel. */
function endedWithUs(command: readonly string[]): string[] {
  return [...(process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : []), ...command];
}

/** Runs a program to its end. Rejects, with what it said, when it fails. */
export async function run(
  command: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; timeoutMs?: number } = {},
): Promise<string> {
  const [program, ...rest] = endedWithUs(command);
  const { env, cwd, timeoutMs } = options;
  try {
    const { stdout } = await promisify(execFile)(program!, rest, {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      ...(cwd !== undefined && { cwd }),
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
      maxBuffer: OUTPUT_LIMIT,
      encoding: 'utf8',
    });
    return stdout;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim();
    throw new Error(said === undefined || said === '' ? (error as Error).message : said, { cause: error });
  }
}

/** Starts a program that goes on; what it says is dropped. */
export function start(command: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const [program, ...rest] = endedWithUs(command);
  return spawn(program!, rest, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: 'ignore',
  });
}
