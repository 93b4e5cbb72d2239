#!/usr/bin/env node
import { access as reach } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { noteOperator } from './audit/cli/operator-entry.js';
import type { OperatorWork } from './audit/cli/operator-entry.js';
import { useBuild } from './builds/build-in-use.js';
import { completeConfiguration } from './complete-configuration.js';
import { ConfigurationError } from './config/configuration-error.js';
import type { Configuration } from './config/configuration.js';
import { readSecret, secretPath } from './config/generated-secret.js';
import { loadConfiguration } from './config/load-configuration.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';
import { openState } from './database/embedded/open-state.js';
import { extract } from './disaster-recovery/extract.js';
import { importVault } from './disaster-recovery/import-vault.js';
import { openVaultAccess, openVaultForReading } from './vault-access/vault-access.js';
import { expectedSnapshots, recordChecked } from './snapshots/restorability/record-vault-check.js';
import type { ServiceRows } from './snapshots/restorability/record-vault-check.js';
import type { StoreTools, VaultTools } from './vault/cli/vault-tools.js';
import { runVaultCommand } from './vault/cli/run-vault-command.js';
import type { VaultCommandName } from './vault/cli/vault-arguments.js';
import { parseVaultArguments } from './vault/cli/vault-arguments.js';

/** Commands that change something: each is in the audit. */
const CHANGING: readonly VaultCommandName[] = ['repair', 'rebuild', 'collect', 'drop', 'rotate-key', 'import'];

/** `snapback-vault`: reads, checks, repairs and brings back the vault, with the service's own configuration. */
async function access(): Promise<VaultTools> {
  const { tools, configuration } = await open();
  const note = async () => {
    const work = auditedWork(process.argv.slice(2));
    const notWritten = work && (await noteOperator(configuration.DATABASE_URL, work));
    if (notWritten !== undefined) console.error(notWritten);
  };
  const { importAll } = tools;
  // Before anything is changed; what an import is written into, it makes itself.
  if (!isImport(process.argv.slice(2))) await note();
  return { ...tools, importAll: async (work) => importAll?.(work).then(note) };
}

/** What a command changes, for the audit; undefined for one that only looks. */
function auditedWork(argv: readonly string[]): OperatorWork | undefined {
  const { command, plan, project, snapshot, newKeyFile } = parseVaultArguments(argv);
  if (!CHANGING.includes(command) || plan) return undefined;
  const after = {
    ...(project !== undefined && { project }),
    ...(snapshot !== undefined && { snapshot }),
    ...(newKeyFile !== undefined && { newKeyFile }),
  };
  const subject = snapshot !== undefined ? (['snapshot', snapshot] as const) : null;
  return { operation: `vault.${command}`, subject, after };
}

function isImport(argv: readonly string[]): boolean {
  return parseVaultArguments(argv).command === 'import';
}

async function open(): Promise<{ tools: VaultTools; configuration: Configuration }> {
  const given = await located(loadConfiguration(process.env));
  // As the service does it: without a database of one's own there is the embedded one, for one process at a time.
  const state = await openState(given, { alone: true });
  try {
    const configuration = await completeConfiguration(given, state.isEmbedded ? state : undefined);
    const opened = await openVaultAccess(configuration);
    const close = async () => {
      await opened.close();
      await state.close();
    };
    const { connections } = opened;
    const tools: VaultTools = {
      ...opened,
      expected: (project) => expectedSnapshots(connections, project),
      checked: (summary) => withServiceRows(configuration, (rows) => recordChecked(rows, summary)),
      importAll: (work) => importVault(opened, configuration, work),
      close,
    };
    return { tools, configuration };
  } catch (error) {
    await state.close();
    throw error;
  }
}

async function withServiceRows(
  { DATABASE_URL = '' }: Configuration,
  work: (rows: ServiceRows) => Promise<void>,
): Promise<void> {
  // Only where it is needed: it brings along a good part of the service, and most commands are done before that has been read.
  const { openServiceRows } = await import('./webhooks/outside-the-service.js');
  const rows = await openServiceRows(DATABASE_URL);
  await work(rows).finally(() => rows.dataSource.destroy());
}

/** Neither a database nor what it would need is looked at: they may be what was lost. */
async function store(): Promise<StoreTools> {
  const { DATABASE_URL: _, ...environment } = process.env;
  const opened = await openVaultForReading(await located(loadConfiguration(environment)));
  return { ...opened, extract: (request, work) => extract(opened, request, work) };
}

/** With the key and the place of a vault that is there: nothing is made where somebody mistyped a name. */
async function located(given: Configuration): Promise<Configuration> {
  const dataDir = resolve(given.DATA_DIR);
  if (given.VAULT_S3_BUCKET === undefined) await requireVault(given.VAULT_PATH ?? join(dataDir, 'vault'));
  if (given.VAULT_MASTER_KEY !== undefined || given.VAULT_MASTER_KEY_FILE !== undefined) {
    return { ...given, DATA_DIR: dataDir };
  }
  const path = secretPath(dataDir, 'vault-master-key');
  const VAULT_MASTER_KEY = await readSecret(path);
  if (VAULT_MASTER_KEY !== undefined) return { ...given, DATA_DIR: dataDir, VAULT_MASTER_KEY };
  throw new ConfigurationError(
    `There is no master key: set VAULT_MASTER_KEY or VAULT_MASTER_KEY_FILE, or put the file back that the service made, ${path}.`,
  );
}

/** Opening a directory makes it, and whoever mistyped its name would be told that an empty vault is whole. */
async function requireVault(directory: string): Promise<void> {
  await reach(directory).catch((cause: unknown) => {
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
  process.exitCode = await runVaultCommand(process.argv.slice(2), { access, store }, print, interrupted.signal);
} catch (error) {
  // What people must change is one sentence; anything else is a fault of ours and keeps its trace.
  const known = error instanceof ConfigurationError || error instanceof EmbeddedPostgresError;
  console.error(known || interrupted.signal.aborted ? (error as Error).message : error);
  process.exitCode = 1;
}
