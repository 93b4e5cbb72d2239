import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../toolchains/cache.js';
import { execute, type Said } from '../toolchains/execute.js';
import type { Allowed, Workplace } from './generator.js';

const VERSION = '7.25.0';
const SHA256 = '41ce4f6b07f196676439d710759fa1ced7a08066d06ff1bf314681470289efae';
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

const ALLOWED: readonly Allowed[] = [
  {
    said: /^\[main\] INFO /,
    because: 'It tells what it does, which files it leaves out because we asked for it included.',
  },
  { said: /OpenAPI 3\.1 support is still in beta/, because: 'It says so of every document of OpenAPI 3.1.' },
  {
    said: /Failed to get the schema name: null/,
    because:
      'It looks for a name in `additionalProperties: false`, which closes our requests, and does then what is right.',
  },
  {
    said: /Ignoring complex example on request body/,
    because: 'Of the examples of environmentCreate, which are not for documents that nobody generates here.',
  },
  {
    said: /Environment \(reserved word\) cannot be used as model name\. Renamed to ModelEnvironment/,
    because: 'It is the name of a class of .NET.',
  },
];

/** What all generators of OpenAPI Generator have in common. */
export const OPENAPI_GENERATOR = { version: VERSION, needs: ['java', 'maven'], allowed: ALLOWED } as const;

/** Makes a client with one of OpenAPI Generator's generators in `client` of the place, without tests and documents. */
export async function openapiGenerator(
  place: Workplace,
  generator: string,
  options: Record<string, string> = {},
): Promise<Said> {
  const properties = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return execute({
    run: [
      ...['java', '-jar', await jar(), 'generate', '-g', generator, '-i', place.contract],
      ...['-o', join(place.directory, 'client'), '--global-property', LEFT_OUT],
      ...(properties.length > 0 ? [`--additional-properties=${properties.join(',')}`] : []),
    ] as [string, ...string[]],
  });
}

const LEFT_OUT = 'apiTests=false,modelTests=false,apiDocs=false,modelDocs=false';

/** The program, from Maven Central, in this user's cache. Throws when it is not the one that is meant. */
async function jar(): Promise<string> {
  const artifact = `org.openapitools:openapi-generator-cli:${VERSION}`;
  const name = `openapi-generator-cli-${VERSION}.jar`;
  const directory = await cached('openapi-generator', { artifact, SHA256 }, async (half) => {
    await execute({
      run: ['mvn', '--batch-mode', '--quiet', COPY, `-Dartifact=${artifact}`, `-DoutputDirectory=${half}`],
    });
    const digest = createHash('sha256')
      .update(await readFile(join(half, name)))
      .digest('hex');
    if (digest !== SHA256) throw new Error(`${name} has the SHA-256 ${digest}, not the one that is known.`);
  });
  return join(directory, name);
}
