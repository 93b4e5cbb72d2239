#!/usr/bin/env node
import { useBuild } from './builds/build-in-use.js';
import { ConfigurationError } from './config/configuration-error.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';
import { runVaultCommand } from './vault/cli/run-vault-command.js';
import type { VaultOpeners } from './vault/cli/vault-tools.js';

const argv = process.argv.slice(2);

/**
 * `snapback-vault`: reads, checks, repairs and brings back the vault, with the service's own configuration. What opens it is loaded when
 * it is known what of: it takes longer than many a command.
 */
const open: VaultOpeners = {
  access: async () => (await import('./open-vault-tools.js')).openVaultTools(argv),
  store: async (from) => (await import('./open-store-tools.js')).openStoreTools(from),
};

const interrupted = new AbortController();
process.once('SIGINT', () =>
  interrupted.abort(new Error('Interrupted. What was done is done; run it again to go on.')),
);

await useBuild();
try {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  process.exitCode = await runVaultCommand(argv, open, print, interrupted.signal);
} catch (error) {
  // What people must change is one sentence; anything else is a fault of ours and keeps its trace.
  const known = error instanceof ConfigurationError || error instanceof EmbeddedPostgresError;
  console.error(known || interrupted.signal.aborted ? (error as Error).message : error);
  process.exitCode = 1;
}
