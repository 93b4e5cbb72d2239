import { BackendError } from '../backend/backend-error.js';
import { CatalogueError } from '../catalogue/catalogue-error.js';
import { KeyError } from '../keys/key-error.js';
import { VaultError } from '../vault-error.js';
import { Output } from './output.js';
import { CommandError, type VaultOpeners } from './vault-tools.js';
import {
  asksForHelp,
  isOfStore,
  parseVaultArguments,
  USAGE,
  UsageError,
  type VaultArguments,
} from './vault-arguments.js';

/**
 * Runs one command of the vault's program, printing line by line. Resolves to the exit status: 0 when all is whole,
 * 1 when damage was found or the command could not do its work, 2 for wrong usage. Rejects with what nobody foresaw.
 */
export async function runVaultCommand(
  argv: readonly string[],
  open: VaultOpeners,
  print: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  if (asksForHelp(argv)) {
    print(USAGE);
    return 0;
  }
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
    const { command } = args;
    // Loaded when it is known which: what a command needs takes ten times as long as what reads its arguments.
    if (isOfStore(command)) {
      const { STORE_COMMANDS } = await import('./store-commands.js');
      await using(await open.store(args), (store) => STORE_COMMANDS[command](store, args, out, signal));
    } else {
      const { COMMANDS } = await import('./vault-commands.js');
      await using(await open.access(), (access) => COMMANDS[command](access, args, out, signal));
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

async function using<T extends { close(): Promise<void> }>(
  opened: T,
  work: (opened: T) => Promise<void>,
): Promise<void> {
  try {
    await work(opened);
  } finally {
    await opened.close();
  }
}

function isForeseen(error: unknown): error is Error {
  return [VaultError, KeyError, CatalogueError, BackendError, CommandError].some((known) => error instanceof known);
}
