import 'reflect-metadata';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../config/configuration-error.js';
import type { Configuration } from '../config/configuration.js';
import { urlOfRunningEmbedded } from '../database/embedded/running-embedded.js';
import { DEFAULT_ORGANIZATION } from '../trust-domains/trust-domains.js';
import { parseConfiguration } from '../config/parse-configuration.js';
import { mintToken } from './minting/mint-token.js';
import { noteMinting } from './minting/note-minting.js';
import { signingSecret } from './minting/signing-secret.js';
import { parseTokenArguments, USAGE } from './minting/token-arguments.js';

/** Prints a development token for the service that is configured by the same environment. */
async function main(): Promise<void> {
  const request = parseTokenArguments(process.argv.slice(2));
  const configuration = parseConfiguration(process.env);
  const organization = organizationOf(request.organization, configuration);
  const now = new Date();
  const wanted = {
    ...request,
    organization,
    secret: await signingSecret(configuration),
    issuer: configuration.JWT_ISSUER,
    audience: configuration.JWT_AUDIENCE,
  };
  const token = mintToken(wanted, now);
  const notWritten = await noteMinting(await stateOf(configuration), wanted, now);
  if (notWritten !== undefined) process.stderr.write(`${notWritten}\n`);
  process.stdout.write(`${token}\n`);
}

/** Where the audit of the service is, as far as it runs. */
async function stateOf({ DATABASE_URL, DATA_DIR }: Configuration): Promise<string | undefined> {
  return DATABASE_URL ?? (await urlOfRunningEmbedded(join(resolve(DATA_DIR), 'postgres')));
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
