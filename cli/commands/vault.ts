import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { usage } from '../outcome/outcome-error.js';
import { runProgram } from './run-program.js';

/** For the help only: what begins with it goes to `runVault`, before options are looked at. */
export function addVaultCommand(program: Command): void {
  program
    .command('vault')
    .description(
      'Recovery without the service, where it is installed: list, extract, import, check, repair (see "snapback vault --help")',
    )
    .argument('[arguments...]', 'as those of snapback-vault')
    .action(() => {
      throw usage('The vault has options of its own, which come behind it: snapback vault --help');
    });
}

/** Of the service that this program came with, where it did: both are of one build. */
const SIBLING = join(import.meta.dirname, '..', 'src', 'vault.cli.js');

/**
 * `snapback vault …`: recovery without the service. It works on the vault itself, with the service's own configuration and drivers, so it is the service's
 * own program; this one finds it, beside itself or in PATH. Returns what that exits with.
 */
export async function runVault(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const ended = existsSync(SIBLING)
    ? await runProgram(process.execPath, [SIBLING, ...args], environment)
    : await runProgram('snapback-vault', args, environment);
  if (ended.kind === 'not-started') {
    throw usage(
      'The vault is looked at where the service is installed: there is no snapback-vault here, neither beside this program nor in PATH.',
    );
  }
  return ended.kind === 'succeeded' ? 0 : ended.exitCode;
}
