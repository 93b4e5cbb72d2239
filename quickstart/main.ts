import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect } from '../sdk/typescript/connect.js';
import { mintToken } from '../src/auth/minting/mint-token.js';
import { PERMISSIONS } from '../src/auth/permission.js';
import { useBuild } from '../src/builds/build-in-use.js';
import { loadConfiguration } from '../src/config/load-configuration.js';
import { startFailure } from '../src/start-failure.js';
import { startService } from '../src/start-service.js';
import type { RunningService } from '../src/start-service.js';
import { runMainJob } from './main-job.js';
import { createSampleProject } from './sample-project.js';
import { formatSeconds, heading, line, verbatim } from './terminal.js';

const ORGANIZATION = 'acme';
const SUBJECT = 'quickstart';
/** Long enough to look around, short enough to be harmless when it lands in a chat. */
const TOKEN_SECONDS = 12 * 60 * 60;

async function main(): Promise<boolean> {
  await useBuild();
  const once = process.argv.includes('--once');
  const dataDir = once ? await temporaryDirectory() : resolve(process.env.DATA_DIR ?? '.snapback');
  const cleanUp: (() => Promise<void>)[] = once ? [() => rm(dataDir, { recursive: true, force: true })] : [];
  const stop = async () => {
    for (const undo of cleanUp.splice(0).toReversed()) await undo();
  };
  stopOnSignals(stop);
  try {
    const started = performance.now();
    heading('Snapback quickstart');
    const existing: Record<string, string> = {};
    const link = new ConsoleLink();
    const filestoreRoot = join(dataDir, 'filestores');
    await mkdir(filestoreRoot, { recursive: true });
    const configuration = loadConfiguration(await environment(dataDir, filestoreRoot, once));
    const service = await startService(configuration, {
      examples: () => existing,
      signInLink: (address) => link.came(address),
    });
    cleanUp.push(() => service.stop());
    line(`service and PostgreSQL started in ${formatSeconds(performance.now() - started)}, data in ${dataDir}`);
    const identical = await tour(service, filestoreRoot, existing, link);
    line('');
    line(`the whole tour took ${formatSeconds(performance.now() - started)}`);
    if (once) await stop();
    return identical;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The sample lives in a PostgreSQL of its own, whatever else this machine is configured for. */
async function environment(dataDir: string, filestoreRoot: string, once: boolean): Promise<NodeJS.ProcessEnv> {
  return {
    ...process.env,
    DATABASE_URL: '',
    JWT_JWKS_URL: '',
    CONSOLE_OIDC_ISSUER: '',
    CONSOLE_OIDC_CLIENT_ID: '',
    CONSOLE_OIDC_AUDIENCE: '',
    VAULT_PATH: '',
    VAULT_S3_BUCKET: '',
    WORKER_POOLS: '',
    ROLE: 'all',
    DATA_DIR: dataDir,
    TENANCY: 'single',
    ORGANIZATION,
    FILESTORE_ROOTS: filestoreRoot,
    PORT: process.env.PORT ?? String(await preferredPort(once)),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
  };
}

async function tour(
  service: RunningService,
  filestoreRoot: string,
  existing: Record<string, string>,
  link: ConsoleLink,
): Promise<boolean> {
  const { url, configuration, embedded } = service;
  if (url === undefined || embedded === undefined)
    throw new Error('The service did not start as API with its own PostgreSQL.');
  const token = mintToken(
    {
      secret: configuration.JWT_SECRET ?? '',
      issuer: configuration.JWT_ISSUER,
      audience: configuration.JWT_AUDIENCE,
      organization: ORGANIZATION,
      subject: SUBJECT,
      permissions: PERMISSIONS,
      projects: null,
      lifetimeSeconds: TOKEN_SECONDS,
    },
    new Date(),
  );
  const client = connect({ baseUrl: url, token });

  const making = performance.now();
  const sample = await createSampleProject(client, embedded, filestoreRoot);
  line(
    `sample ERP created in ${formatSeconds(performance.now() - making)}: project ${sample.project.name}, production and staging`,
  );
  // The contract's example registers it, so that trying it out works.
  await mkdir(join(filestoreRoot, 'uploads'), { recursive: true });
  const { snapshot, rollback, differences } = await runMainJob(client, sample);
  Object.assign(existing, {
    filestoreRoot,
    projectId: sample.project.id,
    environmentId: sample.production.id,
    snapshotId: snapshot.id,
    deploymentId: rollback.deploymentId,
  });

  heading('Look around');
  link.show();
  line(`Swagger UI   ${url}/docs   (Authorize with the token; the examples are the sample's)`);
  verbatim(`token        ${token}`);
  verbatim(
    `try          curl -H "Authorization: Bearer $TOKEN" ${url}/api/v1/environments/${sample.production.id}/snapshots`,
  );
  verbatim(
    `or           SNAPBACK_URL=${url} SNAPBACK_TOKEN="$TOKEN" npx snapback snapshot list --env sample-erp/production`,
  );
  return differences.length === 0;
}

/** The address that signs in to the console: shown where one looks for it, and from then on each new one as it comes. */
class ConsoleLink {
  private newest: string | undefined;
  private isShown = false;

  came(address: string): void {
    this.newest = address;
    if (this.isShown) this.print();
  }

  show(): void {
    this.isShown = true;
    this.print();
  }

  private print(): void {
    if (this.newest !== undefined)
      verbatim(`console      ${this.newest}   (signs in once; then the next one is shown here)`);
  }
}

function stopOnSignals(stop: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void stop().finally(() => process.exit(130));
    });
  }
}

/** PostgreSQL's operating-system user must be able to pass through it. */
async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-quickstart-'));
  await chmod(directory, 0o755);
  return directory;
}

/** 3000 when nobody has it, so that the address can be remembered; any free port otherwise. */
async function preferredPort(once: boolean): Promise<number> {
  if (once) return 0;
  return new Promise((resolvePort) => {
    const probe = createServer();
    probe.once('error', () => resolvePort(0));
    probe.listen(3000, '127.0.0.1', () => probe.close(() => resolvePort(3000)));
  });
}

main().then(
  (identical) => {
    if (process.argv.includes('--once') || !identical) process.exit(identical ? 0 : 1);
    line('serving until you press Ctrl-C');
  },
  (error: unknown) => {
    console.error(startFailure(error));
    process.exit(1);
  },
);
