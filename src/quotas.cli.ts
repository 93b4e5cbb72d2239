#!/usr/bin/env node
import 'reflect-metadata';
import { useBuild } from './builds/build-in-use.js';
import { parseConfiguration } from './config/parse-configuration.js';
import { explainState, openState } from './database/embedded/open-state.js';
import { parseQuotaArguments, QuotaUsageError, USAGE } from './quotas/cli/quota-arguments.js';
import { runQuotaCommand } from './quotas/cli/run-quota-command.js';

/** `npm run quotas`, `snapback-quotas`: what organizations may have, in the service that is configured by the same environment. */
async function main(argv: string[]): Promise<void> {
  if (argv.some((word) => ['--help', '-h', 'help'].includes(word))) return console.log(USAGE);
  const args = parseQuotaArguments(argv);
  const defaults = parseConfiguration(process.env);
  const { url, close } = await openState(defaults);
  try {
    await runQuotaCommand(args, { url, defaults }, (line) => void process.stdout.write(`${line}\n`));
  } finally {
    await close();
  }
}

await useBuild();
try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof QuotaUsageError;
  console.error(
    isUsage
      ? `${error.message}\n\n${USAGE}`
      : explainState(error, { what: 'quotas', failed: 'The state database refused it' }),
  );
  process.exitCode = isUsage ? 2 : 1;
}
