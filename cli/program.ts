import { Command, Option } from 'commander';
import { addAuditCommands } from './commands/audit.js';
import { addCompletionCommand } from './commands/completion.js';
import { addContextCommands } from './commands/context.js';
import { addDeployCommands } from './commands/deployments/deploy.js';
import { addEnvCommands } from './commands/environments/env.js';
import { addExportsCommands } from './commands/exports/exports.js';
import { addItemsCommands } from './commands/items/items.js';
import { addLoginCommands } from './commands/login.js';
import { addOperationsCommands } from './commands/operations.js';
import { addProjectCommands } from './commands/project.js';
import { addRetentionCommands } from './commands/retention.js';
import { addRollbackCommands } from './commands/rollbacks/rollback.js';
import { addProtectionCommands } from './commands/protection.js';
import { addQuotaCommands } from './commands/quota.js';
import { addScheduleCommands } from './commands/schedule.js';
import { addSettingsCommands } from './commands/settings.js';
import { addSnapshotCommands } from './commands/snapshots/snapshot.js';
import { addStandbyCommands } from './commands/standby.js';
import { addVaultCommand } from './commands/vault.js';
import { addWatchCommand } from './commands/watch.js';
import { addWebhookCommands } from './commands/webhooks.js';
import { addWhoamiCommand } from './commands/whoami.js';
import { Invocation } from './invocation.js';
import type { GlobalOptions } from './invocation.js';
import { EXIT } from './outcome/exit-codes.js';
import { visibleLines } from './output/visible.js';
import { FORMATS } from './output/printer.js';

const AFTER = `
The main job, from nothing:
  snapback login https://snapback.internal
  snapback project create shop
  snapback env add production --host db.internal --database shop --user shop --files /srv/shop/files
  snapback snapshot create --label "before 17.0" --wait
  snapback rollback run latest --wait
  snapback rollback undo --wait

In a pipeline:
  snapback deploy run --version 17.0 -- ./migrate-and-restart.sh

Exit status: ${EXIT.done} done, ${EXIT.usage} wrong usage, ${EXIT.notFound} not found, ${EXIT.refused} refused (nothing was changed), ${EXIT.failed} failed, ${EXIT.interrupted} interrupted;
${EXIT.different} different, of "snapshot compare --exit-code" alone.
Variables: SNAPBACK_URL, SNAPBACK_TOKEN or SNAPBACK_TOKEN_FILE, SNAPBACK_PROFILE, SNAPBACK_PROJECT, SNAPBACK_ENVIRONMENT,
SNAPBACK_CA_FILE, SNAPBACK_RECONNECT_SECONDS (for how long --wait goes on without the service; 60), HTTPS_PROXY, NO_PROXY,
NO_COLOR.`;

/** Longer lines are hard to read. */
const HELP_WIDTH = 100;

export interface Program {
  command: Command;
  invocation: Invocation;
}

/** All commands. Nothing has been read, asked or sent yet. */
export function programFor(environment: NodeJS.ProcessEnv, version: string): Program {
  const command = new Command('snapback');
  const invocation = new Invocation(environment, () => command.opts<GlobalOptions>());
  const { terminal } = invocation;
  command
    .description(
      'An undo button for deployment platforms: snapshots of a PostgreSQL database and its files as one unit, and rollbacks to them.',
    )
    .version(version, '-V', 'the version of this program (also --version)')
    .option('--profile <name>', 'log in as this profile does')
    .option('--project <name>', 'the project it is about, by name or id')
    .option('-e, --env <name>', 'the environment it is about, by name, project/name or id')
    .addOption(
      new Option('-o, --output <format>', 'how what was asked for is told').choices([...FORMATS]).default('table'),
    )
    .option('-q, --quiet', 'nothing but ids: no progress, no advice')
    .option('--no-color', 'no colours (NO_COLOR)')
    .on('option:no-color', () => terminal.withoutColours())
    .addHelpText('after', AFTER)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      getOutHelpWidth: () => Math.min(terminal.columns, HELP_WIDTH),
      getErrHelpWidth: () => Math.min(terminal.errColumns, HELP_WIDTH),
      outputError: (text, write) => write(sentence(text)),
    })
    .showHelpAfterError('(add --help to see how it is used)')
    .exitOverride();
  addLoginCommands(command, invocation);
  addWhoamiCommand(command, invocation);
  addContextCommands(command, invocation);
  addProjectCommands(command, invocation);
  addEnvCommands(command, invocation);
  addSnapshotCommands(command, invocation);
  addItemsCommands(command, invocation);
  addExportsCommands(command, invocation);
  addRollbackCommands(command, invocation);
  addDeployCommands(command, invocation);
  addStandbyCommands(command, invocation);
  addSettingsCommands(command, invocation);
  addProtectionCommands(command, invocation);
  addQuotaCommands(command, invocation);
  addScheduleCommands(command, invocation);
  addRetentionCommands(command, invocation);
  addWatchCommand(command, invocation);
  addWebhookCommands(command, invocation);
  addOperationsCommands(command, invocation);
  addAuditCommands(command, invocation);
  addVaultCommand(command);
  addCompletionCommand(command);
  return { command, invocation };
}

function sentence(text: string): string {
  return visibleLines(text.replace(/^error: /, '')).join('\n');
}
