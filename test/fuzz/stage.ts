import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PERMISSIONS } from '../../src/auth/permission.js';
import { mintToken } from '../../src/auth/minting/mint-token.js';
import { removeWhenWeEnd } from '../corpus/guard.js';
import { createTestDatabase, query, urlOf } from '../harness/database.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { TEST_SECRET } from '../harness/tokens.js';
import { serviceVariables } from '../harness/service-variables.js';
import { createFuzzWorld } from './world.js';
import type { FuzzWorld, Place } from './world.js';

/** Nobody is turned away: how many requests come, and from whom, is not what is tried here. */
const NO_LIMITS = {
  RATE_LIMIT_SUBJECT: '1000000',
  RATE_LIMIT_ORGANIZATION: '1000000',
  RATE_LIMIT_ADDRESS: '1000000',
  PROGRESS_STREAMS_PER_CALLER: '5000',
};
/** Made-up hosts are not asked for, by the service either. */
const NOBODY_OUTSIDE = { DATABASE_HOSTS: '127.0.0.1', HOOK_HOSTS: '127.0.0.1' };
const LONGEST_RUN_SECONDS = 86_400;

/** A real service of its own, and one of everything that requests can be about. All of it ends with this process. */
export class Stage {
  private constructor(
    readonly directory: string,
    private readonly server: PostgresServer,
    private readonly service: ServiceProcess,
    readonly world: FuzzWorld,
  ) {}

  /** `places`: how many environments can be registered beside the one that is there, at places where something is. */
  static async start({ places }: { places: number }): Promise<Stage> {
    const directory = await mkdtemp(join(tmpdir(), 'snapback-fuzz-'));
    removeWhenWeEnd(directory);
    await chmod(directory, 0o755);
    let server: PostgresServer | undefined;
    let service: ServiceProcess | undefined;
    try {
      server = await PostgresServer.start();
      removeWhenWeEnd(server.directory);
      const state = await createTestDatabase({ server: server.address('postgres'), name: 'state' });
      const all = await makePlaces(server, directory, places + 1);
      const urls = Object.fromEntries(all.map(({ variable, database }) => [variable, urlOf(database)]));
      service = await startServiceProcess({
        ...serviceVariables(directory, state.address),
        PG_BIN: process.env['PG_BIN'],
        ...urls,
        ...NO_LIMITS,
        ...NOBODY_OUTSIDE,
      });
      const [steady, ...rest] = all;
      const world = await createFuzzWorld(service.url, token(), state.address, { steady: steady!, places: rest });
      return new Stage(directory, server, service, world);
    } catch (error) {
      await service?.kill();
      await server?.remove();
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.service.url;
  }

  /** What the service has said at level `error`, newest last. */
  errors(): Record<string, unknown>[] {
    return this.service.logged().filter(({ level }) => level === 'error' || Number(level) >= 50);
  }

  /** How the service has ended, when it has. */
  async ended(): Promise<boolean> {
    return Promise.race([this.service.ended.then(() => true), Promise.resolve(false)]);
  }

  async stop(): Promise<void> {
    await this.service.kill();
    await this.server.remove();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function token(): string {
  const names = { issuer: 'snapback', audience: 'snapback', organization: 'acme', subject: 'fuzz' };
  const rights = { permissions: PERMISSIONS, projects: null, lifetimeSeconds: LONGEST_RUN_SECONDS };
  return mintToken({ secret: TEST_SECRET, ...names, ...rights }, new Date());
}

/** Small databases and directories, each to be named as a connection, by a variable, or by a file. */
async function makePlaces(server: PostgresServer, directory: string, count: number): Promise<Place[]> {
  const [filestores, secrets] = [join(directory, 'filestores'), join(directory, 'secrets')];
  for (const made of [filestores, secrets]) await mkdir(made);
  const admin = server.address('postgres');
  const { address } = await createTestDatabase({ server: admin, name: 'place_0' });
  await query(
    address,
    `CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL);
     INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) n;`,
  );
  const places: Place[] = [];
  for (let n = 0; n < count; n += 1) {
    const database = { ...address, database: `place_${n}` };
    if (n > 0) await query(admin, `CREATE DATABASE place_${n} OWNER ${address.user} TEMPLATE place_0`);
    const filestorePath = join(filestores, `place-${n}`);
    await mkdir(filestorePath);
    await writeFile(join(filestorePath, 'a.txt'), 'alpha\n');
    await writeFile(join(secrets, `place-${n}`), urlOf(database));
    places.push({ database, filestorePath, variable: `ENVIRONMENT_PLACE_${n}`, file: `place-${n}` });
  }
  return places;
}
