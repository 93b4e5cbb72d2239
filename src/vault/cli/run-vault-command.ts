import { BackendError } from '../backend/backend-error.js';
import { CatalogueError } from '../catalogue/catalogue-error.js';
import { KeyError } from '../keys/key-error.js';
import { VaultError } from '../vault-error.js';
import { Output } from './output.js';
import type { VaultAccess } from './vault-access.js';
import { parseVaultArguments, USAGE, UsageError, type VaultArguments } from './vault-arguments.js';
import { COMMANDS } from './vault-commands.js';

/**
 * Runs one command of the vault's program, printing line by line. Resolves to the exit status: 0 when all is whole,
 * 1 when damage was found or the command could not do its work, 2 for wrong usage. Rejects with what nobody foresaw.
 */
export async function runVaultCommand(
  argv: readonly string[],
  open: () => Promise<VaultAccess>,
  print: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  let args: VaultArguments;
  try {
    args = parseVaultArguments(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    print(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  const out = new Output(print, args.json);
  try {
    const access = await open();
    try {
      await COMMANDS[args.command](access, args, out, signal);
    } finally {
      await access.close();
    }
  } catch (error) {
    if (error instanceof UsageError) {
      print(error.message);
      return 2;
    }
    if (!isForeseen(error)) throw error;
    out.failure(error.message);
  }
  return out.status;
}

function isForeseen(error: unknown): error is Error {
  return [VaultError, KeyError, CatalogueError, BackendError].some((known) => error instanceof known);
}
