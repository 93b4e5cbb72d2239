import { createHash } from 'node:crypto';
import { loadavg } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres-catalogue.js';
import { createCatalogueDatabase, newPack, newProject, packed, type CatalogueDatabase } from './catalogue-fixture.js';

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

it('inserts, finds, marks and counts chunks by the thousand', { timeout: 300_000 }, async () => {
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
  await catalogue.endCapture(lease);

  const session = await catalogue.openCollection(project);
  await measure('marks', async () => {
    for (const batch of batches) await session.mark(batch);
  });
  await measure('marks again', async () => {
    for (const batch of batches) await session.mark(batch);
  });
  await measure('looked for', async () => expect(await session.countLost()).toBe(0));
  await measure('counted', async () => {
    const facts = await session.packFacts();
    expect(facts).toHaveLength(CHUNKS / CHUNKS_IN_PACK);
    expect(facts.every(({ liveBytes, chunkBytes }) => liveBytes === chunkBytes)).toBe(true);
  });
  await session.condemn(
    (await session.packFacts()).map(({ id }) => id),
    [],
  );
  await session.chooseSettled();
  await measure('revived', async () => {
    expect(await session.settle()).toEqual({ revived: CHUNKS / CHUNKS_IN_PACK, doomed: 0 });
  });
  await session.close();
  if (process.env['BULK_CHUNKS']) console.log('per second:', rates, 'load:', loadavg());
});
