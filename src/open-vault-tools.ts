import type { OperatorWork } from './audit/cli/operator-entry.js';
import { completeConfiguration } from './complete-configuration.js';
import type { Configuration } from './config/configuration.js';
import { loadConfiguration } from './config/load-configuration.js';
import { openState } from './database/embedded/open-state.js';
import { expectedSnapshots } from './snapshots/restorability/expected-snapshots.js';
import { learnedFromCheck, type LearnedOfSnapshot } from './snapshots/restorability/learned-from-check.js';
import { locateVault } from './vault-access/locate-vault.js';
import { openVaultAccess } from './vault-access/vault-access.js';
import type { VaultCommandName } from './vault/cli/vault-arguments.js';
import { parseVaultArguments } from './vault/cli/vault-arguments.js';
import type { VaultTools } from './vault/cli/vault-tools.js';

/** Commands that change something: each is in the audit. */
const CHANGING: readonly VaultCommandName[] = ['repair', 'rebuild', 'collect', 'drop', 'rotate-key', 'import'];

/** The vault with its catalogue, for a command of `snapback-vault`, with the service's own configuration. */
export async function openVaultTools(argv: readonly string[]): Promise<VaultTools> {
  const { tools, configuration } = await open();
  const note = async () => {
    const work = auditedWork(argv);
    if (work === undefined) return;
    const { noteOperator } = await import('./audit/cli/operator-entry.js');
    const notWritten = await noteOperator(configuration.DATABASE_URL, work);
    if (notWritten !== undefined) console.error(notWritten);
  };
  const { importAll } = tools;
  // Before anything is changed; what an import is written into, it makes itself.
  if (parseVaultArguments(argv).command !== 'import') await note();
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

async function open(): Promise<{ tools: VaultTools; configuration: Configuration }> {
  const given = await locateVault(loadConfiguration(process.env));
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
      checked: (summary) => record(configuration, learnedFromCheck(summary)),
      importAll: async (work) => {
        const { importVault } = await import('./disaster-recovery/import-vault.js');
        await importVault(opened, configuration, work);
      },
      close,
    };
    return { tools, configuration };
  } catch (error) {
    await state.close();
    throw error;
  }
}

async function record({ DATABASE_URL = '' }: Configuration, learned: readonly LearnedOfSnapshot[]): Promise<void> {
  if (learned.length === 0) return;
  // Not before there is something to write: the rows bring along a good part of the service.
  const { recordChecked } = await import('./snapshots/restorability/record-vault-check.js');
  const { openServiceRows } = await import('./webhooks/outside-the-service.js');
  const rows = await openServiceRows(DATABASE_URL);
  await recordChecked(rows, learned).finally(() => rows.dataSource.destroy());
}
