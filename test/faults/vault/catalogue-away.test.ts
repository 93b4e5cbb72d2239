import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backend } from '../../../src/vault/backend/backend.js';
import { migrateCatalogue } from '../../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { startPostgresServer, type PostgresServer } from '../../harness/postgres-server.js';
import { sampleOf } from '../../harness/thorough.js';
import { startTcpProxy } from '../../harness/tcp-proxy.js';
import type { OperationName } from './announcements.js';
import { newPlace } from './place.js';
import { brokenPromises, leftovers } from './promises.js';
import { performRecorded } from './recorded-operations.js';
import { SavedWorld } from './saved-world.js';
import { openWorld, type Place, type World } from './world.js';

/** A server of this file's own, to be stopped. What it has committed survives its own death, not a power cut. */
let server: PostgresServer;
let directory: string;
let place: Place;
let world: World;
let saved: SavedWorld;
beforeAll(async () => {
  server = await startPostgresServer();
  directory = await mkdtemp(join(tmpdir(), 'snapback-vault-faults-'));
  place = { ...newPlace(), database: server.address('postgres'), store: { directory: join(directory, 'vault') } };
  const pool = new Pool({ ...place.database, ssl: false });
  await migrateCatalogue(pool).finally(() => pool.end());
  world = await openWorld(place, 'faults');
  saved = await SavedWorld.create(world);
});
afterAll(async () => {
  await world.close();
  await server.remove();
  await rm(directory, { recursive: true, force: true });
});

/** Runs `act` when the backend is asked for the nth time, and lets the call go on when it has ended. */
function acting(inner: Backend, nth: number, act: () => Promise<void>): Backend {
  let calls = 0;
  return new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name === 'list' || name === 'stream') return value.bind(target);
      return async (...values: unknown[]): Promise<unknown> => {
        calls += 1;
        if (calls === nth) await act();
        return await (value.apply(target, values) as Promise<unknown>);
      };
    },
  });
}

const ACTS = {
  'is killed and started again': () => server.restart('kill'),
  'is restarted': () => server.restart('fast'),
  'is stopped': () => server.stop('fast'),
} as const;

const MOMENTS: [OperationName, keyof typeof ACTS, number][] = [
  ['capture', 'is killed and started again', 2],
  ['capture', 'is stopped', 3],
  ['capture', 'is restarted', 4],
  ['collect', 'is killed and started again', 2],
  ['collect', 'is restarted', 3],
  ['collect', 'is stopped', 4],
  ['delete', 'is restarted', 1],
];

it.each(sampleOf(MOMENTS, 4))(
  'breaks no promise when, in the middle of a %s, the database server %s',
  async (operation, what, nth) => {
    await saved.reset();
    const ledger = saved.ledger();
    let acted = false;
    const backend = acting(world.backend, nth, async () => {
      acted = true;
      await ACTS[what]();
    });
    const error = await performRecorded({ ...world, backend }, ledger, operation);
    if (server.pid === undefined) await server.restart();
    expect(acted).toBe(true);
    // A connection that breaks is an error of the database's; one that is found broken is replaced without anybody noticing.
    expect(error === undefined || error instanceof Error).toBe(true);
    await untilAnswered();
    expect(await brokenPromises(world, ledger)).toEqual([]);
    expect(await leftovers(world)).toEqual([]);
  },
);

it.each([
  ['before the server has heard of it', false],
  ['after it was done', true],
])('breaks no promise when the connection is lost in the COMMIT of a publication, %s', async (_, delivered) => {
  await saved.reset();
  const ledger = saved.ledger();
  // With the zero that ends a statement: a transaction begins with READ COMMITTED.
  const proxy = await startTcpProxy(server.port, { text: 'COMMIT\0', delivered });
  const through = await openWorld({ ...place, database: { ...place.database, port: proxy.port } }, 'faults');
  try {
    // Only the publication goes through the proxy; all before it goes the straight way.
    const catalogue = new Proxy(world.catalogue, {
      get(target, name) {
        const from = name === 'publish' ? through.catalogue : target;
        const value: unknown = Reflect.get(from, name, from);
        return typeof value === 'function' ? value.bind(from) : value;
      },
    });
    expect(await performRecorded({ ...world, catalogue }, ledger, 'capture')).toBeInstanceOf(Error);
  } finally {
    await through.close();
    await proxy.close();
  }
  await untilAnswered();
  const attempts = (await world.pool.query('SELECT FROM vault.manifests')).rowCount;
  const before = (await world.pool.query('SELECT FROM saved_manifests')).rowCount;
  expect(attempts).toBe(before! + (delivered ? 1 : 0));
  expect(await brokenPromises(world, ledger)).toEqual([]);
  expect(await leftovers(world)).toEqual([]);
});

/** The pool may hold connections that are dead; the server may still do what it was asked for last. */
async function untilAnswered(): Promise<void> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    const alive = await Promise.all(Array.from({ length: 10 }, () => world.pool.query('SELECT 1'))).then(
      () => true,
      () => false,
    );
    if (alive) return;
    await pause(50);
  }
  throw new Error('The database server does not answer.');
}
