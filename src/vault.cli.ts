import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { useBuild } from './builds/build-in-use.js';
import { completeConfiguration } from './complete-configuration.js';
import { ConfigurationError } from './config/configuration-error.js';
import { loadConfiguration } from './config/load-configuration.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';
import { startEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import { openVaultAccess } from './vault-access/vault-access.js';
import { expectedSnapshots, recordChecked } from './snapshots/restorability/checked-snapshots.js';
import type { VaultAccess } from './vault/cli/vault-access.js';
import { runVaultCommand } from './vault/cli/run-vault-command.js';

/** `npm run vault`: checks and repairs the vault, with the service's own configuration. */
async function open(): Promise<VaultAccess> {
  const given = loadConfiguration(process.env);
  const dataDir = resolve(given.DATA_DIR);
  if (given.VAULT_S3_BUCKET === undefined) await requireVault(given.VAULT_PATH ?? join(dataDir, 'vault'));
  // As the service does it: without a database of one's own there is the embedded one, for one process at a time.
  const embedded =
    given.DATABASE_URL === undefined ? await startEmbeddedPostgres({ dataDir: `${dataDir}/postgres` }) : undefined;
  try {
    const opened = await openVaultAccess(await completeConfiguration({ ...given, DATA_DIR: dataDir }, embedded));
    const close = async () => {
      await opened.close();
      await embedded?.stop();
    };
    const { connections } = opened;
    return {
      ...opened,
      expected: (project) => expectedSnapshots(connections, project),
      checked: (summary) => recordChecked(connections, summary),
      close,
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** Opening a directory makes it, and whoever mistyped its name would be told that an empty vault is whole. */
async function requireVault(directory: string): Promise<void> {
  await access(directory).catch((cause: unknown) => {
    throw new ConfigurationError(`There is no vault at ${directory}; set VAULT_PATH or DATA_DIR.`, { cause });
  });
}

const interrupted = new AbortController();
process.once('SIGINT', () =>
  interrupted.abort(new Error('Interrupted. What was done is done; run it again to go on.')),
);

await useBuild();
try {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  process.exitCode = await runVaultCommand(process.argv.slice(2), open, print, interrupted.signal);
} catch (error) {
  // What people must change is one sentence; anything else is a fault of ours and keeps its trace.
  const known = error instanceof ConfigurationError || error instanceof EmbeddedPostgresError;
  console.error(known || interrupted.signal.aborted ? (error as Error).message : error);
  process.exitCode = 1;
}
