import 'reflect-metadata';
import { AuditUsageError, parseAuditArguments, USAGE } from './audit/cli/audit-arguments.js';
import { runAuditCommand } from './audit/cli/run-audit-command.js';
import { useBuild } from './builds/build-in-use.js';
import { ConfigurationError } from './config/configuration-error.js';
import { parseConfiguration } from './config/parse-configuration.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';
import { openState } from './database/embedded/open-state.js';

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
