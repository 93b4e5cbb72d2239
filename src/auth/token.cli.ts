import 'reflect-metadata';
import { ConfigurationError } from '../config/configuration-error.js';
import type { Configuration } from '../config/configuration.js';
import { DEFAULT_ORGANIZATION } from '../trust-domains/trust-domains.js';
import { parseConfiguration } from '../config/parse-configuration.js';
import { mintToken } from './minting/mint-token.js';
import { signingSecret } from './minting/signing-secret.js';
import { parseTokenArguments, USAGE } from './minting/token-arguments.js';

/** Prints a development token for the service that is configured by the same environment. */
async function main(): Promise<void> {
  const request = parseTokenArguments(process.argv.slice(2));
  const configuration = parseConfiguration(process.env);
  const token = mintToken(
    {
      ...request,
      organization: organizationOf(request.organization, configuration),
      secret: await signingSecret(configuration),
      issuer: configuration.JWT_ISSUER,
      audience: configuration.JWT_AUDIENCE,
    },
    new Date(),
  );
  process.stdout.write(`${token}\n`);
}

/** Of several organizations one has to be named. */
function organizationOf(asked: string | undefined, { TENANCY, ORGANIZATION }: Configuration): string {
  if (asked !== undefined) return asked;
  if (TENANCY === 'single') return ORGANIZATION ?? DEFAULT_ORGANIZATION;
  throw new Error('--org is required with TENANCY=multiple.');
}

try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  // A configuration that is wrong is not mended by other arguments.
  process.stderr.write(error instanceof ConfigurationError ? `${message}\n` : `${message}\n\n${USAGE}\n`);
  process.exitCode = 1;
}
