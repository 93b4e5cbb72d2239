import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { removeWhenWeEnd } from '../../test/corpus/guard.js';
import { createTestDatabase } from '../../test/harness/database.js';
import { PostgresServer } from '../../test/harness/postgres-server.js';
import { startServiceProcess } from '../../test/harness/service-process.js';
import { testToken } from '../../test/harness/tokens.js';
import { serviceVariables } from '../../test/harness/service-variables.js';
import { GENERATORS } from './catalogue.js';
import { faultsOf, prove, type Outcome, type Proof } from './prove.js';
import type { Service } from './stage.js';
import { withRows } from './table.js';

/*
 * Whether clients that generators make of openapi.yaml are good for anything: each is generated, compiled, and does the main job
 * against a service that is started for it. The table in docs/clients.md shows how it went. Exit status 1: something is wrong.
 */

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'clients.md');
const NAMES = GENERATORS.map(({ name }) => name);

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const unknown = values.only?.filter((name) => !NAMES.includes(name)) ?? [];
if (unknown.length > 0) {
  console.error(`Usage: npm run contract:generators -- --only NAME …\nThere are ${NAMES.join(', ')}.`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const proofs: Proof[] = [];
await withService(async (service) => {
  for (const generator of GENERATORS.filter(({ name }) => values.only?.includes(name) ?? true)) {
    const proof = await prove(generator, service);
    proofs.push(proof);
    const { generates, compiles, doesTheJob, newer, seconds } = proof;
    const steps = `generates ${words(generates)}, compiles ${words(compiles)}, does the job ${words(doesTheJob)}`;
    console.log(
      `${generator.name} ${generator.version}: ${steps}, with a newer service ${words(newer)} (${seconds} s)`,
    );
    for (const fault of faultsOf(proof)) console.error(fault);
  }
});
const tried = proofs.filter(({ generates }) => generates.went !== 'untried');
await writeFile(DOCUMENT, withRows(await readFile(DOCUMENT, 'utf8'), tried, NAMES));
process.exitCode = proofs.flatMap(faultsOf).length === 0 ? 0 : 1;

function words(outcome: Outcome): string {
  return outcome.went === 'untried' ? `untried (${outcome.why})` : outcome.went;
}

/** A service on a server of its own. Both end with this process, however it does. */
async function withService(work: (service: Service) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-generators-'));
  removeWhenWeEnd(directory);
  await chmod(directory, 0o755);
  const filestoreRoot = join(directory, 'filestores');
  await mkdir(filestoreRoot);
  const server = await PostgresServer.start({ parent: directory });
  try {
    const superuser = server.address('postgres');
    const { address } = await createTestDatabase({ server: superuser });
    const running = await startServiceProcess(serviceVariables(directory, address));
    await work({ url: running.url, token: testToken({ lifetimeSeconds: 4 * 3600 }), filestoreRoot, server: superuser });
    await running.terminate();
  } finally {
    await server.remove();
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
