import 'reflect-metadata';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AuditUsageError, parseAuditArguments, USAGE } from './audit/cli/audit-arguments.js';
import { runAuditCommand } from './audit/cli/run-audit-command.js';
import { useBuild } from './builds/build-in-use.js';
import { ConfigurationError } from './config/configuration-error.js';
import type { Configuration } from './config/configuration.js';
import { parseConfiguration } from './config/parse-configuration.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';
import { startEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import { urlOfRunningEmbedded } from './database/embedded/running-embedded.js';

/** `npm run audit`: proves and lists the audit of the service that is configured by the same environment. */
async function main(argv: string[]): Promise<number> {
  if (argv.some((word) => ['--help', '-h', 'help'].includes(word))) {
    console.log(USAGE);
    return 0;
  }
  const args = parseAuditArguments(argv);
  const { url, close } = await openState(parseConfiguration(process.env));
  try {
    return await runAuditCommand(args, url, (line) => void process.stdout.write(`${line}\n`));
  } finally {
    await close();
  }
}

/** The embedded database is that of the running service, or is started for as long as this takes. */
async function openState({ DATABASE_URL, DATA_DIR }: Configuration): Promise<{ url: string; close(): Promise<void> }> {
  const nothing = async () => undefined;
  if (DATABASE_URL !== undefined) return { url: DATABASE_URL, close: nothing };
  const dataDir = join(resolve(DATA_DIR), 'postgres');
  const running = await urlOfRunningEmbedded(dataDir);
  if (running !== undefined) return { url: running, close: nothing };
  await access(dataDir).catch((cause: unknown) => {
    throw new ConfigurationError(`There is no database at ${dataDir}; set DATABASE_URL or DATA_DIR.`, { cause });
  });
  const embedded = await startEmbeddedPostgres({ dataDir });
  return { url: embedded.url, close: () => embedded.stop() };
}

/** Of what a person can change a sentence. Never a driver's error itself, which may carry the URL, and with it the password. */
function explain(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof EmbeddedPostgresError) return error.message;
  const { code, message } = error as { code?: string; message?: string };
  if (code === '42P01') return 'The state database has no audit yet: start the service once.';
  return `The audit could not be read: ${message === undefined || message === '' ? (code ?? 'nobody knows why') : message}.`;
}

await useBuild();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof AuditUsageError;
  console.error(isUsage ? `${error.message}\n\n${USAGE}` : explain(error));
  process.exitCode = isUsage ? 2 : 1;
}
