import { execFile } from 'node:child_process';
import { promisify, stripVTControlCharacters } from 'node:util';

/** A program with its arguments, and where it runs. */
export interface Command {
  run: readonly [program: string, ...args: string[]];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** What a program said on each of its streams. */
export interface Said {
  stdout: string;
  stderr: string;
}

/** Compilers that fetch what they need the first time take a while. */
const TIMEOUT_MS = 900_000;
const OUTPUT_LIMIT = 256 * 1024 * 1024;
/** Of what a program said, in an error. */
const LAST_CHARACTERS = 4_000;

/** Runs a program to its end. Rejects with the end of what it said when it fails, or is not there. It does not outlive this process. */
export async function execute({ run, cwd, env }: Command): Promise<Said> {
  const [program, ...args] = [...endedWithUs(), ...run];
  try {
    return await promisify(execFile)(program!, args, {
      // How a machine reaches its registries is said in its environment, in many variables.
      env: { ...process.env, NO_COLOR: '1', ...env },
      ...(cwd !== undefined && { cwd }),
      timeout: TIMEOUT_MS,
      maxBuffer: OUTPUT_LIMIT,
      encoding: 'utf8',
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as Partial<Said>;
    const said = `${stdout}\n${stderr}`.trim().slice(-LAST_CHARACTERS);
    throw new Error(`${run.join(' ')} failed:\n${said || (error as Error).message}`, { cause: error });
  }
}

/** Everything it said, in lines without colours. */
export function lines({ stdout, stderr }: Said): string[] {
  return stripVTControlCharacters(`${stdout}\n${stderr}`)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function endedWithUs(): string[] {
  return process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : [];
}
