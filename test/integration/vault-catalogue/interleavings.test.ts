import { afterAll, beforeAll, expect, it } from 'vitest';
import { CatalogueError } from '../../../src/vault/catalogue/catalogue-error.js';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { collect } from '../../../src/vault/collection/collect.js';
import {
  chunkId,
  createCatalogueDatabase,
  fallAsleep,
  newProject,
  type CatalogueDatabase,
} from './catalogue-fixture.js';
import { deleteSnapshot, ModelCapture } from './model-capture.js';
import { OlderCatalogue } from './older-program.js';
import { ModelVault } from './model-vault.js';
import { randomNumbers, Turnstile } from './turnstile.js';
import { watchedConnections } from './watched-connections.js';
import { usually } from '../../harness/thorough.js';

const RUNS = Number(process.env['INTERLEAVINGS'] ?? usually(2, 6));
const FIRST_SEED = Number(process.env['SEED'] ?? 1);
const CHUNKS = 16;
const SNAPSHOTS = 4;

let database: CatalogueDatabase;
let direct: PostgresCatalogue;
beforeAll(async () => {
  database = await createCatalogueDatabase();
  direct = new PostgresCatalogue(database.pool);
});
afterAll(() => database.remove());

/** What the runs have met, so that the test knows whether they tried anything at all. */
const met = { published: 0, lost: 0, busy: 0, deleted: 0, revived: 0, waiting: 0, rewritten: 0, summarised: 0 };

let steps = 0;

async function interleave(seed: number): Promise<void> {
  const random = randomNumbers(seed);
  const turnstile = new Turnstile(random);
  const project = newProject();
  const files = await ModelVault.create();

  /** A process of its own: each statement and each change to the files is a step. */
  const actor = (name: string) => {
    const connections = watchedConnections(database.pool, (statement) => turnstile.turn(name, statement));
    const catalogue = name.includes('older') ? new OlderCatalogue(connections) : new PostgresCatalogue(connections);
    return { catalogue, vault: files.withStep((what) => turnstile.turn(name, what)) };
  };
  /** Few or many, so that packs are left of which little is needed. */
  const someChunks = () => {
    const share = 1 + random(4);
    return Array.from({ length: CHUNKS }, (_, nth) => chunkId(nth)).filter(() => random(5) < share);
  };

  const capturing = async (name: string): Promise<void> => {
    const { catalogue, vault } = actor(name);
    for (let round = 0; round < 3; round += 1) {
      const capture = await ModelCapture.begin(catalogue, vault, project, `snapshot-${random(SNAPSHOTS)}`);
      const ids = someChunks();
      try {
        const atOnce = 1 + random(8);
        for (let start = 0; start < ids.length; start += atOnce) await capture.store(ids.slice(start, start + atOnce));
        const fate = random(6);
        if (fate === 0) await fallAsleep(database.pool, capture.lease.captureId);
        // One that died says nothing; its lease runs out some time.
        if (fate === 1) void setTimeout(() => void fallAsleep(database.pool, capture.lease.captureId), random(200));
        else await capture.publish(ids);
        if (fate === 0) throw new Error('A capture that had slept past its lease was published.');
        if (fate > 1) met.published += 1;
      } catch (error) {
        // Another attempt at the same snapshot took the lease, or it slept.
        if (!(error instanceof CatalogueError) || error.code !== 'lease-lost') throw error;
        met.lost += 1;
      }
    }
  };
  const collecting = async (name: string): Promise<void> => {
    const { catalogue, vault } = actor(name);
    for (let round = 0; round < 3; round += 1) {
      try {
        const signal = new AbortController().signal;
        const report = await collect(project, { catalogue, store: vault, manifests: vault, signal });
        met.deleted += report.deletedPacks;
        met.revived += report.revivedPacks;
        met.waiting += report.waitingPacks;
        met.rewritten += report.writtenPacks;
        met.summarised += report.summarisedManifests;
      } catch (error) {
        if (!(error instanceof CatalogueError) || error.code !== 'collection-running') throw error;
        met.busy += 1;
      }
    }
  };
  const deleting = async (name: string): Promise<void> => {
    const { catalogue, vault } = actor(name);
    for (let round = 0; round < 4; round += 1) {
      await deleteSnapshot(catalogue, vault, project, `snapshot-${random(SNAPSHOTS)}`);
    }
  };

  for (const name of ['capture A', 'capture B', 'older capture']) turnstile.start(() => capturing(name));
  for (const name of ['collection A', 'collection B']) turnstile.start(() => collecting(name));
  turnstile.start(() => deleting('deletion'));
  try {
    await turnstile.finish(() => files.checkRestorable(direct, project));
    await database.pool.query(
      "UPDATE vault.captures SET heartbeat = heartbeat - interval '1 hour' WHERE project = $1",
      [project],
    );
    await collect(project, { catalogue: direct, store: files, manifests: files, signal: AbortSignal.timeout(30_000) });
    await files.checkRestorable(direct, project);
    expect(await files.unneeded(database.pool, direct, project)).toEqual([]);
  } catch (error) {
    throw new Error(`Seed ${seed}: ${String(error)}\n${turnstile.steps.slice(-60).join('\n')}`, { cause: error });
  } finally {
    steps += turnstile.steps.length;
    await files.remove();
  }
}

it(
  `never loses a published chunk and leaves nothing behind, in ${RUNS} random orders of captures, collections and deletions`,
  async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed += 1) await interleave(seed);
    if (RUNS < 6) return;
    const { published, lost, busy, deleted, waiting } = met;
    expect(Object.entries({ published, lost, busy, deleted, waiting }).filter(([, times]) => times === 0)).toEqual([]);
    if (process.env['INTERLEAVINGS']) console.log(met, steps);
  },
  Math.max(60_000, RUNS * 10_000),
);
