import 'reflect-metadata';
import { AuditUsageError, parseAuditArguments, USAGE } from './audit/cli/audit-arguments.js';
import { runAuditCommand } from './audit/cli/run-audit-command.js';
import { useBuild } from './builds/build-in-use.js';
import { parseConfiguration } from './config/parse-configuration.js';
import { explainState, openState } from './database/embedded/open-state.js';

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

await useBuild();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof AuditUsageError;
  console.error(
    isUsage
      ? `${error.message}\n\n${USAGE}`
      : explainState(error, { what: 'audit', failed: 'The audit could not be read' }),
  );
  process.exitCode = isUsage ? 2 : 1;
}
