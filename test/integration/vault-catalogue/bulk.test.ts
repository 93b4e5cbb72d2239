import { createHash } from 'node:crypto';
import { loadavg } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import {
  createCatalogueDatabase,
  newPack,
  newProject,
  packed,
  toArray,
  type CatalogueDatabase,
} from './catalogue-fixture.js';

/** Set BULK_CHUNKS=1000000 to measure; the default only makes sure that the statements scale at all. */
const CHUNKS = Number(process.env['BULK_CHUNKS'] ?? 50_000);
const CHUNKS_IN_PACK = 1_000;
const BATCH = 5_000;

let database: CatalogueDatabase;
beforeAll(async () => {
  database = await createCatalogueDatabase();
});
afterAll(() => database.remove());

const ids = (start: number, count: number): Buffer[] =>
  Array.from({ length: count }, (_, nth) =>
    createHash('sha256')
      .update(`${start + nth}`)
      .digest(),
  );

it('inserts, finds, keeps and gives up chunks by the thousand', { timeout: 300_000 }, async () => {
  const catalogue = new PostgresCatalogue(database.pool);
  const project = newProject();
  const lease = await catalogue.beginCapture(project, 's');
  const rates: Record<string, number> = {};
  const measure = async (what: string, work: () => Promise<void>) => {
    const begin = performance.now();
    await work();
    rates[what] = Math.round(CHUNKS / ((performance.now() - begin) / 1_000));
  };

  await measure('inserts', async () => {
    for (let start = 0; start < CHUNKS; start += CHUNKS_IN_PACK) {
      await catalogue.addPack(lease, newPack(CHUNKS_IN_PACK * 100), packed(ids(start, CHUNKS_IN_PACK)));
    }
  });
  const batches = Array.from({ length: CHUNKS / BATCH }, (_, nth) => ids(nth * BATCH, BATCH));
  await measure('found', async () => {
    for (const batch of batches) {
      expect((await catalogue.packsHolding(project, batch)).every((place) => place !== null)).toBe(true);
    }
  });
  await measure('not found', async () => {
    for (const batch of batches) {
      const absent = batch.map((id) => Buffer.from(id).reverse());
      expect((await catalogue.packsHolding(project, absent)).every((place) => place === null)).toBe(true);
    }
  });
  const uses = (await toArray(catalogue.packsOf(project))).map(({ id }) => ({ packId: id, chunks: 1, bytes: 1 }));
  await measure('published', () => catalogue.publish(lease, { objectKey: 'm', bytes: 1 }, uses));
  await measure('secured', async () => {
    for (const batch of batches) expect(await catalogue.unsecured(project, 'm', batch)).toEqual([]);
  });

  const session = await catalogue.openCollection(project);
  await measure('looked up again', async () => {
    for (const batch of batches) {
      expect((await session.packsHolding(batch)).every((place) => place !== null)).toBe(true);
    }
  });
  await measure('kept', async () => {
    expect(await session.unsummarised(1)).toEqual([]);
    expect(await session.idlePacks(CHUNKS)).toEqual([]);
    expect(await session.sparsePacks(0.4, CHUNKS)).toHaveLength(CHUNKS / CHUNKS_IN_PACK);
  });
  await catalogue.unpublish(project, 's');
  await measure('given up', async () => {
    const idle = await session.idlePacks(CHUNKS);
    expect(idle).toHaveLength(CHUNKS / CHUNKS_IN_PACK);
    await session.condemn(
      idle.map(({ id }) => id),
      [],
    );
    await session.chooseSettled();
    expect(await session.settle()).toEqual({ revived: 0, doomed: CHUNKS / CHUNKS_IN_PACK });
  });
  await measure('forgotten', async () => {
    await session.forget((await session.nextDoomed(CHUNKS)).map(({ id }) => id));
    expect(await toArray(catalogue.packsOf(project))).toEqual([]);
  });
  await session.close();
  if (process.env['BULK_CHUNKS']) console.log('per second:', rates, 'load:', loadavg());
});
