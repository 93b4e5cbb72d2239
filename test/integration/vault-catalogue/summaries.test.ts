import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../src/vault/catalogue/catalogue.js';
import type { CollectionSession } from '../../../src/vault/catalogue/collection-session.js';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { collect, type CollectOptions } from '../../../src/vault/collection/collect.js';
import { chunkId, createCatalogueDatabase, newProject, type CatalogueDatabase } from './catalogue-fixture.js';
import { captureAll, deleteSnapshot, ModelCapture, wholeUse } from './model-capture.js';
import { ModelVault } from './model-vault.js';
import { OlderCatalogue } from './older-program.js';

let database: CatalogueDatabase;
let catalogue: PostgresCatalogue;
let older: PostgresCatalogue;
let vault: ModelVault;
let project: string;
beforeAll(async () => {
  database = await createCatalogueDatabase();
  catalogue = new PostgresCatalogue(database.pool);
  older = new OlderCatalogue(database.pool);
});
afterAll(() => database.remove());
beforeEach(async () => {
  vault = await ModelVault.create();
  project = newProject();
});
afterEach(() => vault.remove());

const chunks = (...names: (string | number)[]) => names.map((name) => chunkId(name));
const capture = (snapshotId: string, ids: Buffer[], by: Catalogue = catalogue) =>
  captureAll(by, vault, project, snapshotId, ids);

/** How many manifests were read is in the end of each report. */
async function run(options: Partial<CollectOptions> = {}) {
  let read = 0;
  const manifests = vault.withStep(async (what) => {
    if (what === 'read manifest') read += 1;
  });
  const signal = AbortSignal.timeout(60_000);
  const report = await collect(project, { catalogue, store: vault, manifests, signal, ...options });
  return { ...report, read };
}

/** Something happens just before a step of the collection. */
function before(
  step: 'condemn' | 'settle' | 'replacePacks',
  work: () => Promise<void>,
): Pick<CollectOptions, 'catalogue'> {
  let done = false;
  const openCollection = async () => {
    const session = await catalogue.openCollection(project);
    const watched = async (): Promise<void> => {
      if (!done) await work();
      done = true;
    };
    const { condemn, settle, replacePacks } = session;
    const steps: Pick<CollectionSession, 'condemn' | 'settle' | 'replacePacks'> = {
      condemn: async (...all) => (step === 'condemn' && (await watched()), condemn.apply(session, all)),
      settle: async () => (step === 'settle' && (await watched()), settle.apply(session)),
      replacePacks: async (...all) => (step === 'replacePacks' && (await watched()), replacePacks.apply(session, all)),
    };
    return Object.assign(session, steps);
  };
  return { catalogue: { openCollection } };
}

async function expectClean(): Promise<void> {
  await vault.checkRestorable(catalogue, project);
  expect(await vault.unneeded(database.pool, catalogue, project)).toEqual([]);
}

const stateOf = async (): Promise<string[]> => {
  const { rows } = await database.pool.query<{ state: string }>(
    'SELECT state FROM vault.packs WHERE project = $1 ORDER BY number',
    [project],
  );
  return rows.map(({ state }) => state);
};

describe('what manifests need', () => {
  it('is not read again: a collection reads no manifest when a snapshot was deleted', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await capture(name, chunks('shared', name));
    await deleteSnapshot(catalogue, vault, project, 'b');
    expect(await run()).toMatchObject({ read: 0, deletedPacks: 1, manifests: 3 });
    await expectClean();
  });

  it('is read once where a snapshot was published without', async () => {
    for (const name of ['a', 'b', 'c']) await capture(name, chunks('shared', name), older);
    await deleteSnapshot(catalogue, vault, project, 'b');
    expect(await run()).toMatchObject({ read: 2, summarisedManifests: 2, deletedPacks: 1 });
    expect(await run()).toMatchObject({ read: 0, summarisedManifests: 0 });
    await expectClean();
  });

  it('is read again when a program that does not write it down has replaced the snapshot', async () => {
    await capture('s', chunks('a'));
    await capture('s', chunks('b'), older);
    expect(await run()).toMatchObject({ summarisedManifests: 1, deletedPacks: 1, deletedManifests: 1 });
    await expectClean();
  });

  it.each([
    [
      'a reference was lost',
      'DELETE FROM vault.manifest_packs r USING vault.packs p WHERE p.number = r.pack AND p.project = $1',
    ],
    [
      'it names a pack that is not there',
      'UPDATE vault.manifest_packs r SET pack = -pack FROM vault.packs p WHERE p.number = r.pack AND p.project = $1',
    ],
  ])('is read again when %s', async (_how, damage) => {
    await capture('s', chunks('a'));
    await database.pool.query(damage, [project]);
    expect(await run()).toMatchObject({ read: 1, deletedPacks: 0 });
    await expectClean();
  });

  it.each(['condemn', 'settle'] as const)('keeps what an older program publishes just before %s', async (step) => {
    await capture('s', chunks('a'));
    const running = await ModelCapture.begin(older, vault, project, 't');
    await running.store(chunks('a'));
    await deleteSnapshot(catalogue, vault, project, 's');
    await run(before(step, () => running.publish(chunks('a'))));
    expect(await stateOf()).toEqual(['live']);
    await expectClean();
    expect(await run()).toMatchObject({ summarisedManifests: 0 });
  });
});

describe('a condemned pack that a published snapshot needs', () => {
  const condemned = async (): Promise<void> => {
    await database.pool.query("UPDATE vault.packs SET state = 'condemned', condemned_at = now() WHERE project = $1", [
      project,
    ]);
  };

  it('is found by captures, and live again when they publish', async () => {
    await capture('base', chunks('a'));
    await condemned();
    await capture('next', chunks('a'));
    expect(await vault.packCount()).toBe(1);
    expect(await stateOf()).toEqual(['live']);
  });

  it('is found by captures also when it is not known what the snapshot needs', async () => {
    await capture('base', chunks('a'), older);
    await condemned();
    await capture('next', chunks('a'));
    expect(await vault.packCount()).toBe(1);
  });

  it('is live again after a collection, whatever capture is under way', async () => {
    await catalogue.beginCapture(project, 'unrelated');
    await capture('base', chunks('a'));
    await capture('other', chunks('b'), older);
    await condemned();
    expect(await run()).toMatchObject({ revivedPacks: 1, deletedPacks: 0, waitingPacks: 0 });
    expect(await stateOf()).toEqual(['live', 'live']);
    await expectClean();
  });
});

describe('a pack of which little is needed', () => {
  /** One pack of which three chunks of fifteen are needed by two snapshots, and one that is whole. */
  const sparse = async (): Promise<void> => {
    await capture('big', chunks(...Array.from({ length: 15 }, (_, nth) => nth)));
    await capture('one', chunks(1, 2));
    await capture('two', chunks(2, 3, 'x'));
    await capture('whole', chunks('y'));
    await deleteSnapshot(catalogue, vault, project, 'big');
  };

  it('is found by reading only the manifests that name it', async () => {
    await sparse();
    expect(await run()).toMatchObject({ read: 2, writtenPacks: 1, deletedPacks: 1 });
    expect(await run()).toMatchObject({ read: 0, writtenPacks: 0, deletedPacks: 0 });
    await expectClean();
    await deleteSnapshot(catalogue, vault, project, 'one');
    await deleteSnapshot(catalogue, vault, project, 'two');
    expect(await run()).toMatchObject({ read: 0, deletedPacks: 2 });
    await expectClean();
  });

  it('stays when a snapshot is published meanwhile that names it', async () => {
    await sparse();
    const running = await ModelCapture.begin(catalogue, vault, project, 'meanwhile');
    await running.store(chunks(5));
    await run(before('replacePacks', () => running.publish(chunks(5))));
    expect(await stateOf()).not.toContain('condemned');
    await vault.checkRestorable(catalogue, project);
    await run();
    await expectClean();
  });

  it('stays when an older program publishes meanwhile', async () => {
    await sparse();
    const running = await ModelCapture.begin(older, vault, project, 'meanwhile');
    await running.store(chunks(5));
    await run(before('replacePacks', () => running.publish(chunks(5))));
    expect(await stateOf()).not.toContain('deleting');
    await vault.checkRestorable(catalogue, project);
    await run();
    await expectClean();
  });

  it('is not read again when it was found to be needed, until a snapshot that names it has gone', async () => {
    await capture('big', chunks(...Array.from({ length: 9 }, (_, nth) => nth)));
    await capture('one', chunks(0, 1, 2));
    await capture('two', chunks(3, 4, 5));
    await capture('three', chunks(6, 7, 8));
    await deleteSnapshot(catalogue, vault, project, 'big');
    expect(await run()).toMatchObject({ read: 3, writtenPacks: 0 });
    expect(await run()).toMatchObject({ read: 0, writtenPacks: 0 });
    await deleteSnapshot(catalogue, vault, project, 'one');
    expect(await run()).toMatchObject({ read: 2, writtenPacks: 0 });
    await deleteSnapshot(catalogue, vault, project, 'two');
    expect(await run()).toMatchObject({ read: 1, writtenPacks: 1, deletedPacks: 1 });
    await expectClean();
  });

  it('is not copied when rows of its chunks were lost: what it holds is not known then', async () => {
    await sparse();
    await database.pool.query('DELETE FROM vault.chunks WHERE project = $1 AND id = $2', [project, chunkId(2)]);
    expect(await run()).toMatchObject({ writtenPacks: 0, deletedPacks: 0 });
    expect(await stateOf()).toEqual(['live', 'live', 'live']);
  });
});

describe('an exact collection', () => {
  it('finds what was stored twice, and what was stored and then not named', async () => {
    const both = await Promise.all(['s', 't'].map((id) => ModelCapture.begin(catalogue, vault, project, id)));
    for (const { lease, packs } of both) {
      const { pack, chunks: inside } = await vault.putPack(chunks('a', 'b'));
      await catalogue.addPack(lease, pack, inside);
      packs.addUse(wholeUse(pack, inside));
    }
    await both[0]!.store(chunks('read again'));
    for (const each of both) await each.publish(chunks('a', 'b'));
    expect(await run()).toMatchObject({ read: 0, deletedPacks: 0 });
    expect(await run({ exact: true })).toMatchObject({ read: 2, deletedPacks: 2 });
    await expectClean();
  });

  it('refuses when a manifest cannot be read', async () => {
    await capture('s', chunks('a'));
    await capture('gone', chunks('b'));
    await deleteSnapshot(catalogue, vault, project, 'gone');
    const manifests = vault.withStep(async (what) => {
      if (what === 'read manifest') throw new Error('damaged');
    });
    await expect(run({ exact: true, manifests })).rejects.toThrow('damaged');
    await expect(run({ manifests })).rejects.toThrow('damaged');
    expect(await vault.packCount()).toBe(2);
    expect(await run()).toMatchObject({ deletedPacks: 1 });
  });
});

describe('an attempt at a published snapshot', () => {
  it('is kept while the manifest that was published cannot be read', async () => {
    await capture('s', chunks('a'));
    await capture('s', chunks('a'));
    const manifests = vault.withStep(async (what) => {
      if (what === 'read manifest') throw new Error('damaged');
    });
    expect(await run({ manifests })).toMatchObject({ deletedManifests: 0 });
    expect(await run()).toMatchObject({ deletedManifests: 1 });
    await expectClean();
  });
});

describe('looking through the store', () => {
  it("is done when it was last done a day ago, by the database's clock", async () => {
    await capture('s', chunks('a'));
    await vault.putPack(chunks('b'));
    const lists = async () => (await run({ thorough: 'when-due' })).thorough;
    expect(await lists()).toBe(true);
    expect(await vault.packCount()).toBe(1);
    expect(await lists()).toBe(false);
    await vault.putPack(chunks('c'));
    expect(await run({ thorough: 'when-due' })).toMatchObject({ deletedPacks: 0 });
    await database.pool.query(
      "UPDATE vault.projects SET thorough_at = thorough_at - interval '24 hours' WHERE project = $1",
      [project],
    );
    expect(await run({ thorough: 'when-due' })).toMatchObject({ thorough: true, deletedPacks: 1 });
    await expectClean();
  });
});
