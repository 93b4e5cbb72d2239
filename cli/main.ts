#!/usr/bin/env node
import { CommanderError } from 'commander';
import { runVault } from './commands/vault.js';
import type { Invocation } from './invocation.js';
import { EXIT } from './outcome/exit-codes.js';
import { toldOutcome } from './outcome/told-outcome.js';
import { harmlessJson, visible, visibleLines } from './output/visible.js';
import { programFor } from './program.js';

/** Put in when the program is bundled. */
declare const VERSION: string;

const [first, ...rest] = process.argv.slice(2);
const { command, invocation } = programFor(process.env, VERSION);
try {
  // Before options are looked at: those of the vault's program are its own.
  if (first === 'vault') process.exitCode = await runVault(rest, process.env);
  // No option of all commands: `deploy run --version 17.0` says what is deployed.
  else if (first === '--version') invocation.terminal.out(VERSION);
  else {
    await command.parseAsync();
    process.exitCode = invocation.exitCode;
  }
} catch (error) {
  process.exitCode = tell(error, invocation);
}
// Connections that are kept for another request would keep the program for a while. What was written is out by then.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
const { lost } = invocation.terminal;
if (lost !== undefined) {
  invocation.terminal.err(`What was asked for cannot be written: ${visible(lost.message)}`);
  if (process.exitCode === EXIT.different) process.exitCode = EXIT.failed;
  process.exitCode ||= EXIT.failed;
}
process.exit();

/** Says what went wrong, and returns what to exit with. */
function tell(error: unknown, { terminal, options }: Invocation): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const told = toldOutcome(error);
  if (told === undefined) {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    terminal.err(visibleLines(`This is a fault of the program, please report it: ${fault}`).join('\n'));
    return EXIT.failed;
  }
  const { sentence, nextStep, requestId, code, exitCode } = told;
  if (options.output === 'json') {
    const error = { exitCode, code, message: sentence, nextStep, requestId };
    terminal.err(harmlessJson({ error }, terminal.ascii, 0));
    return exitCode;
  }
  terminal.err(visible(sentence));
  if (nextStep !== undefined) terminal.err(nextStep);
  if (requestId !== undefined) terminal.err(`Request ${visible(requestId)} in the log of the service.`);
  return exitCode;
}
