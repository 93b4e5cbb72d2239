import { openFromEnvironment } from './open-from-environment.js';
import { runVaultCommand } from './run-vault-command.js';

/** Checks and repairs the vault that the environment names. */
const interrupted = new AbortController();
process.once('SIGINT', () =>
  interrupted.abort(new Error('Interrupted. What was done is done; run it again to go on.')),
);

try {
  process.exitCode = await runVaultCommand(
    process.argv.slice(2),
    () => openFromEnvironment(process.env),
    (line) => process.stdout.write(`${line}\n`),
    interrupted.signal,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
