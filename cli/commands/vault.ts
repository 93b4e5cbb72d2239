import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { usage } from '../outcome/outcome-error.js';
import { runProgram } from './run-program.js';

/** Of the service that this program came with, where it did: both are of one build. */
const SIBLING = join(import.meta.dirname, '..', 'src', 'vault.cli.js');

/**
 * `snapback vault …`: recovery without the service. It works on the vault itself, with the service's own configuration and drivers, so it is the service's
 * own program; this one finds it, beside itself or in PATH. Returns what that exits with.
 */
export async function runVault(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const program = existsSync(SIBLING) ? SIBLING : 'snapback-vault';
  const ended = await runProgram(program, args, environment);
  if (ended.kind === 'not-started') {
    throw usage(
      'The vault is looked at where the service is installed: there is no snapback-vault here, neither beside this program nor in PATH.',
    );
  }
  return ended.kind === 'succeeded' ? 0 : ended.exitCode;
}
