import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { startService } from '../../src/start-service.js';
import type { RunningService } from '../../src/start-service.js';
import { checkedFetch } from './contract-check.js';
import { createTestDatabase } from './database.js';
import type { TestDatabase } from './database.js';
import { LogWatch } from './log-watch.js';
import { madeUpSecret } from './secret-mark.js';
import { testToken } from './tokens.js';
import { serviceVariables } from './service-variables.js';

export interface TestService {
  url: string;
  running: RunningService;
  /** The service's own database, as its owner. */
  database: DatabaseAddress;
  /** Where filestores may lie. */
  filestoreRoot: string;
  directory: string;
  /** What the service was started with, for another process beside it. */
  env: NodeJS.ProcessEnv;
  /** A client whose answers are held against the contract. */
  client(claims?: Parameters<typeof testToken>[0]): Client;
  stop(): Promise<void>;
}

/** The whole service in this process, on a database and in a directory of its own. */
export async function startTestService(env: NodeJS.ProcessEnv = {}): Promise<TestService> {
  const setting = await createServiceSetting(env);
  const running = await startService(loadConfiguration(setting.env), { log: new LogWatch() });
  const { url } = running;
  if (url === undefined) throw new Error('A test service answers requests.');
  return {
    ...setting,
    url,
    running,
    client: (claims) => connect({ baseUrl: url, token: testToken(claims), fetch: checkedFetch }),
    stop: async () => {
      await running.stop();
      await setting.remove();
    },
  };
}

export interface ServiceSetting {
  env: NodeJS.ProcessEnv;
  database: DatabaseAddress;
  filestoreRoot: string;
  directory: string;
  remove(): Promise<void>;
}

/**
 * The same for several organizations: each has a directory of its own, the databases of this machine and those of `*.internal`, and
 * may have this machine and `hooks.example.com` told.
 * `filestoreRoot` is the first one's.
 */
export async function startServiceOf(
  organizations: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<TestService & { rootOf(organization: string): string }> {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-test-places-'));
  await chmod(directory, 0o755);
  const places = Object.fromEntries(
    organizations.map((name) => [
      name,
      {
        filestoreRoots: [join(directory, name)],
        databaseHosts: ['127.0.0.1', 'localhost', '*.internal'],
        webhookHosts: ['127.0.0.1', 'hooks.example.com'],
      },
    ]),
  );
  await Promise.all(organizations.map((name) => mkdir(join(directory, name))));
  const PLACES_FILE = join(directory, 'places.json');
  await writeFile(PLACES_FILE, JSON.stringify({ organizations: places }));
  const several = { TENANCY: 'multiple', ORGANIZATION: '', FILESTORE_ROOTS: '', WEBHOOK_HOSTS: '', PLACES_FILE };
  const service = await startTestService({ ...several, ...env });
  return {
    ...service,
    filestoreRoot: join(directory, organizations[0]!),
    rootOf: (organization) => join(directory, organization),
    stop: async () => {
      await service.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A database and a directory for a service, and the variables that point to them. */
export async function createServiceSetting(env: NodeJS.ProcessEnv = {}): Promise<ServiceSetting> {
  const own: TestDatabase = await createTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'snapback-test-'));
  await chmod(directory, 0o755);
  const filestoreRoot = join(directory, 'filestores');
  await mkdir(filestoreRoot);
  return {
    env: {
      ...serviceVariables(directory, own.address),
      PORT: '0',
      LOG_LEVEL: 'trace',
      // It is there only when it was built; who looks at it switches it on.
      CONSOLE_ENABLED: 'false',
      // What a process of an operator's has besides, and nobody refers to.
      ENVIRONMENT_UNUSED: `postgres://user:${madeUpSecret()}@127.0.0.1:1/unused`,
      UNHEARD_OF: madeUpSecret(),
      ...env,
    },
    database: own.address,
    filestoreRoot,
    directory,
    remove: async () => {
      await own.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
