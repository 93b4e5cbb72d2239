import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { collect, previewCollection, type CollectOptions } from '../../../src/vault/collection/collect.js';
import { describePlan } from '../../../src/vault/collection/describe-plan.js';
import {
  chunkId,
  createCatalogueDatabase,
  fallAsleep,
  newProject,
  type CatalogueDatabase,
} from './catalogue-fixture.js';
import { captureAll, deleteSnapshot, ModelCapture, wholeUse } from './model-capture.js';
import { ModelVault } from './model-vault.js';

let database: CatalogueDatabase;
let catalogue: PostgresCatalogue;
let vault: ModelVault;
let project: string;
beforeAll(async () => {
  database = await createCatalogueDatabase();
  catalogue = new PostgresCatalogue(database.pool);
});
afterAll(() => database.remove());
beforeEach(async () => {
  vault = await ModelVault.create();
  project = newProject();
});
afterEach(() => vault.remove());

const run = (options: Partial<CollectOptions> = {}) =>
  collect(project, {
    catalogue,
    store: vault,
    manifests: vault,
    signal: new AbortController().signal,
    ...options,
  });
const chunks = (...names: (string | number)[]) => names.map((name) => chunkId(name));
const capture = (snapshotId: string, ids: Buffer[]) => captureAll(catalogue, vault, project, snapshotId, ids);
const begin = (snapshotId: string) => ModelCapture.begin(catalogue, vault, project, snapshotId);

/** As manifests are that were published before anybody wrote down what they need. */
const forgetSummaries = () =>
  database.pool.query(
    `WITH published AS (UPDATE vault.manifests SET summary_of = NULL, summary_packs = NULL WHERE project = $1 RETURNING number)
     DELETE FROM vault.manifest_packs WHERE manifest IN (SELECT number FROM published)`,
    [project],
  );

async function expectClean(): Promise<void> {
  await vault.checkRestorable(catalogue, project);
  expect(await vault.unneeded(database.pool, catalogue, project)).toEqual([]);
}

describe('collect', () => {
  it('deletes what no published snapshot needs, and keeps the rest', async () => {
    await capture('old', chunks('a', 'b'));
    await capture('new', chunks('b', 'c'));
    await deleteSnapshot(catalogue, vault, project, 'new');
    expect(await run()).toMatchObject({ deletedPacks: 1, waitingPacks: 0, revivedPacks: 0 });
    await expectClean();
    await deleteSnapshot(catalogue, vault, project, 'old');
    expect(await run()).toMatchObject({ deletedPacks: 1 });
    expect(await vault.packCount()).toBe(0);
    expect(await run()).toMatchObject({ deletedPacks: 0, plan: { packs: [] } });
  });

  it('leaves packs of a capture under way alone, and removes them once its lease has run out', async () => {
    const running = await begin('s');
    await running.store(chunks('a'));
    expect(await run()).toMatchObject({ deletedPacks: 0 });
    await running.store(chunks('a'));
    expect([...running.packs]).toHaveLength(1);
    await fallAsleep(database.pool, running.lease.captureId);
    expect(await run()).toMatchObject({ deletedPacks: 1 });
    await expect(running.publish(chunks('a'))).rejects.toMatchObject({ code: 'lease-lost' });
    expect(await run()).toMatchObject({ deletedManifests: 1 });
    await expectClean();
  });

  it('waits with a pack that a capture under way has found, which takes it back when it publishes', async () => {
    await capture('old', chunks('a'));
    const running = await begin('s');
    await running.store(chunks('a'));
    await deleteSnapshot(catalogue, vault, project, 'old');
    expect(await run()).toMatchObject({ deletedPacks: 0, waitingPacks: 1 });
    expect(await run()).toMatchObject({ deletedPacks: 0, waitingPacks: 1 });
    await running.publish(chunks('a'));
    expect(await run()).toMatchObject({ deletedPacks: 0, waitingPacks: 0 });
    await expectClean();
    expect(await vault.packCount()).toBe(1);
  });

  it('does not wait for captures that began after the pack was condemned', async () => {
    await capture('old', chunks('a'));
    const before = await begin('before');
    await deleteSnapshot(catalogue, vault, project, 'old');
    expect(await run()).toMatchObject({ waitingPacks: 1 });
    await begin('after');
    await catalogue.endCapture(before.lease);
    expect(await run()).toMatchObject({ deletedPacks: 1, waitingPacks: 0 });
  });

  it('deletes pack objects without a row, unless a capture is just about to record them', async () => {
    const running = await begin('s');
    const { pack, chunks: inside } = await vault.putPack(chunks('a'));
    await vault.putPack(chunks('b'));
    expect(await run()).toMatchObject({ deletedPacks: 0, waitingPacks: 2 });
    await catalogue.addPack(running.lease, pack, inside);
    running.packs.addUse(wholeUse(pack, inside));
    await running.publish(chunks('a'));
    expect(await run()).toMatchObject({ deletedPacks: 1, waitingPacks: 0 });
    await expectClean();
  });

  it('keeps the manifest of a capture that is about to publish, and deletes one that never can', async () => {
    const [running, dead] = [await begin('s'), await begin('t')];
    await running.store(chunks('a'));
    const manifest = await vault.putManifest(running.lease, chunks('a'));
    await vault.putManifest(dead.lease, []);
    await catalogue.endCapture(dead.lease);
    expect(await run()).toMatchObject({ deletedManifests: 1 });
    await catalogue.publish(running.lease, manifest, running.packs);
    expect(await run()).toMatchObject({ deletedManifests: 0 });
    await expectClean();
  });

  it('removes one of two packs with the same content, and the manifest of a snapshot captured again', async () => {
    const both = await Promise.all(['s', 't'].map(begin));
    const packs = await Promise.all(both.map(() => vault.putPack(chunks('a', 'b'))));
    for (const [nth, { lease, packs: used }] of both.entries()) {
      const { pack, chunks: inside } = packs[nth]!;
      await catalogue.addPack(lease, pack, inside);
      used.addUse(wholeUse(pack, inside));
    }
    await Promise.all(both.map((each) => each.publish(chunks('a', 'b'))));
    await capture('s', chunks('a'));
    expect(await run()).toMatchObject({ deletedPacks: 1, deletedManifests: 1 });
    await expectClean();
    expect(await vault.packCount()).toBe(1);
  });

  it('rewrites packs that are mostly dead, together, and does not rewrite them again', async () => {
    await capture('big', chunks(1, 2, 3, 4, 5));
    await capture('small', chunks(5));
    await capture('other', chunks(6, 7));
    await capture('all', chunks(5, 6, 7));
    for (const gone of ['big', 'small', 'other']) await deleteSnapshot(catalogue, vault, project, gone);
    const lines = [
      ...describePlan(
        await previewCollection(project, {
          catalogue,
          store: vault,
          manifests: vault,
          signal: AbortSignal.timeout(60_000),
        }),
      ),
    ];
    expect(lines[0]).toContain('Only 3.0 MiB of 15.0 MiB in it are needed');
    expect(lines.at(-1)).toBe('1 packs stay, 1 are rewritten, 0 are deleted; 12.0 MiB come free.');
    expect(await run()).toMatchObject({ writtenPacks: 1, deletedPacks: 1 });
    expect(await run()).toMatchObject({ writtenPacks: 0, deletedPacks: 0 });
    await expectClean();
  });

  it('keeps a pack whose chunk the store could not copy', async () => {
    await capture('big', chunks(1, 2, 3, 4, 5));
    await capture('small', chunks(5));
    await deleteSnapshot(catalogue, vault, project, 'big');
    const store = vault.withStep(async () => undefined);
    store.rewrite = async function* () {
      // Left out.
    };
    expect(await run({ store })).toMatchObject({ deletedPacks: 0, waitingPacks: 0 });
    await expectClean();
  });

  it('does not condemn what was published between its plan and the condemnation', async () => {
    await capture('old', chunks('a'));
    const running = await begin('s');
    await running.store(chunks('a'));
    await deleteSnapshot(catalogue, vault, project, 'old');
    // The plan is made; the capture publishes before the packs are condemned.
    const openCollection = async () => {
      const session = await catalogue.openCollection(project);
      const condemn = session.condemn.bind(session);
      session.condemn = async (...args) => {
        await running.publish(chunks('a'));
        return condemn(...args);
      };
      return session;
    };
    const result = await run({ catalogue: { openCollection } });
    expect(result).toMatchObject({ revivedPacks: 0, deletedPacks: 0, waitingPacks: 0 });
    await expectClean();
  });

  it('deletes nothing when a published manifest cannot be read of which it is not known what it needs', async () => {
    await capture('kept', chunks('a'));
    await capture('gone', chunks('b'));
    await deleteSnapshot(catalogue, vault, project, 'gone');
    await forgetSummaries();
    const manifests = vault.withStep(async (what) => {
      if (what === 'read manifest') throw new Error('damaged');
    });
    await expect(run({ manifests })).rejects.toThrow('damaged');
    expect(await vault.packCount()).toBe(2);
    expect(await run()).toMatchObject({ deletedPacks: 1 });
  });

  it('deletes nothing when chunks that are needed are missing in the catalogue, until told that they are gone', async () => {
    await capture('kept', chunks('a', 'b'));
    await capture('gone', chunks('c'));
    await deleteSnapshot(catalogue, vault, project, 'gone');
    await database.pool.query('DELETE FROM vault.chunks WHERE project = $1 AND id = $2', [project, chunkId('a')]);
    await forgetSummaries();
    await expect(run()).rejects.toMatchObject({ code: 'catalogue-incomplete' });
    expect(await vault.packCount()).toBe(2);
    expect(await run({ lostChunks: 'accept' })).toMatchObject({ deletedPacks: 1 });
    expect(await vault.packCount()).toBe(1);
  });

  it('is refused while another one of the project is under way, and leaves other projects alone', async () => {
    await capture('kept', chunks('a'));
    const session = await catalogue.openCollection(project);
    await expect(run()).rejects.toMatchObject({ code: 'collection-running' });
    const empty = await ModelVault.create();
    const elsewhere = { catalogue, store: empty, manifests: empty, signal: new AbortController().signal };
    expect(await collect(newProject(), elsewhere)).toMatchObject({ deletedPacks: 0 });
    await empty.remove();
    await session.close();
    await run();
    await expectClean();
  });

  it('stops when it is told to, and the next one goes on', async () => {
    await capture('gone', chunks('a'));
    await deleteSnapshot(catalogue, vault, project, 'gone');
    const stop = new AbortController();
    const store = vault.withStep(async (what) => {
      if (what === 'list packs') stop.abort(new Error('stopped'));
    });
    await expect(run({ store, signal: stop.signal })).rejects.toThrow('stopped');
    expect(await vault.packCount()).toBe(1);
    expect(await run()).toMatchObject({ deletedPacks: 1 });
    await expectClean();
  });
});
