#!/usr/bin/env node
import 'reflect-metadata';
import { useBuild } from './builds/build-in-use.js';
import { ConfigurationError } from './config/configuration-error.js';
import { parseConfiguration } from './config/parse-configuration.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';
import { openState } from './database/embedded/open-state.js';
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

/** Of what a person can change a sentence. Never a driver's error itself, which may carry the URL, and with it the password. */
function explain(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof EmbeddedPostgresError) return error.message;
  const { code, message } = error as { code?: string; message?: string };
  if (code === '42P01') return 'The state database has no quotas yet: start the service once.';
  return `The state database refused it: ${message === undefined || message === '' ? (code ?? 'nobody knows why') : message}.`;
}

await useBuild();
try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof QuotaUsageError;
  console.error(isUsage ? `${error.message}\n\n${USAGE}` : explain(error));
  process.exitCode = isUsage ? 2 : 1;
}
