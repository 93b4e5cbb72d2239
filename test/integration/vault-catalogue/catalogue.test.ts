import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { migrateCatalogue } from '../../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { SCHEMA_VERSIONS } from '../../../src/vault/catalogue/postgres/schema.js';
import {
  chunkId,
  createCatalogueDatabase,
  fallAsleep,
  newPack,
  newProject,
  packed,
  toArray,
  uses,
  type CatalogueDatabase,
} from './catalogue-fixture.js';

let database: CatalogueDatabase;
let catalogue: PostgresCatalogue;
beforeAll(async () => {
  database = await createCatalogueDatabase();
  catalogue = new PostgresCatalogue(database.pool);
});
afterAll(() => database.remove());

const manifest = (captureId: string) => ({ objectKey: `manifests/${captureId}`, bytes: 10 });
const setState = (packId: Buffer, state: string) =>
  database.pool.query('UPDATE vault.packs SET state = $2, condemned_at = now() WHERE id = $1', [packId, state]);

const holders = async (project: string, ids: Buffer[]) =>
  (await catalogue.packsHolding(project, ids)).map((holding) => holding?.packId ?? null);

describe('migrateCatalogue', () => {
  it('may be run by many processes at once, and again', async () => {
    await database.pool.query('DROP SCHEMA vault CASCADE');
    await Promise.all(Array.from({ length: 5 }, () => migrateCatalogue(database.pool)));
    const { rows } = await database.pool.query('SELECT version FROM vault.schema_versions');
    expect(rows).toEqual(SCHEMA_VERSIONS.map((_, index) => ({ version: index + 1 })));
  });

  it('refuses a catalogue made by a newer program', async () => {
    await database.pool.query('INSERT INTO vault.schema_versions (version) VALUES (99)');
    await expect(migrateCatalogue(database.pool)).rejects.toMatchObject({ code: 'catalogue-too-new' });
    await database.pool.query('DELETE FROM vault.schema_versions WHERE version = 99');
  });
});

describe('chunks and packs', () => {
  it('finds chunks in the order asked, null for what is not there', async () => {
    const project = newProject();
    const lease = await catalogue.beginCapture(project, 's');
    const pack = newPack();
    await catalogue.addPack(lease, pack, packed([chunkId('a'), chunkId('b')]));
    const ids = [chunkId('b'), chunkId('x'), chunkId('a'), chunkId('b')];
    const place = (offset: number, encoding: number) => ({
      packId: pack.id,
      keyId: 'key-1',
      offset,
      storedBytes: 100,
      plainBytes: 200,
      encoding,
    });
    const expected = [place(100, 1), null, place(0, 0), place(100, 1)];
    expect(await catalogue.locate(project, ids)).toEqual(expected);
    expect(await holders(project, ids)).toEqual([pack.id, null, pack.id, pack.id]);
    for (const find of ['locate', 'packsHolding'] as const) expect(await catalogue[find](project, [])).toEqual([]);
  });

  it('finds nothing of another project', async () => {
    const lease = await catalogue.beginCapture(newProject(), 's');
    await catalogue.addPack(lease, newPack(), packed([chunkId('a')]));
    expect(await catalogue.locate(newProject(), [chunkId('a')])).toEqual([null]);
  });

  it('records a pack once, however often and by however many at a time it is added', async () => {
    const project = newProject();
    const lease = await catalogue.beginCapture(project, 's');
    const pack = newPack();
    const chunks = packed([chunkId('a'), chunkId('b')]);
    await Promise.all(Array.from({ length: 8 }, () => catalogue.addPack(lease, pack, chunks)));
    expect(await toArray(catalogue.packsOf(project))).toMatchObject([{ id: pack.id, state: 'live' }]);
    expect(await catalogue.chunksOf(project, pack.id)).toEqual(chunks);
  });

  it('lets two captures store the same chunks at once, in packs of their own', async () => {
    const project = newProject();
    const ids = Array.from({ length: 3_000 }, (_, index) => chunkId(index));
    const captures = await Promise.all(['s', 't'].map((snapshot) => catalogue.beginCapture(project, snapshot)));
    const packs = [newPack(), newPack()];
    await Promise.all([
      catalogue.addPack(captures[0]!, packs[0]!, packed(ids)),
      catalogue.addPack(captures[1]!, packs[1]!, packed(ids.toReversed())),
    ]);
    await Promise.all(
      captures.map((lease, n) => catalogue.publish(lease, manifest(lease.captureId), uses(packs[n]!.id))),
    );
    const either = packs.map(({ id }) => id.toString('hex'));
    for (const place of await catalogue.packsHolding(project, ids))
      expect(either).toContain(place?.packId.toString('hex'));
    for (const [index, place] of (await catalogue.locate(project, ids)).entries()) {
      const inSecond = place?.packId.equals(packs[1]!.id);
      expect(place?.offset).toBe((inSecond ? ids.length - 1 - index : index) * 100);
    }
  });

  it('does not show a condemned pack to captures, but to readers, and prefers a live one', async () => {
    const project = newProject();
    const lease = await catalogue.beginCapture(project, 's');
    const [first, second] = [newPack(), newPack()];
    await catalogue.addPack(lease, first, packed([chunkId('a')]));
    await catalogue.addPack(lease, second, packed([chunkId('a')]));
    expect(await holders(project, [chunkId('a')])).toEqual([second.id]);
    await setState(second.id, 'condemned');
    expect(await holders(project, [chunkId('a')])).toEqual([first.id]);
    expect((await catalogue.locate(project, [chunkId('a')]))[0]?.packId).toEqual(first.id);
    await setState(first.id, 'condemned');
    expect(await holders(project, [chunkId('a')])).toEqual([null]);
    expect((await catalogue.locate(project, [chunkId('a')]))[0]?.packId).toEqual(second.id);
    await setState(second.id, 'deleting');
    expect((await catalogue.locate(project, [chunkId('a')]))[0]?.packId).toEqual(first.id);
  });

  it('lists packs and manifests past the end of a page', async () => {
    const project = newProject();
    await database.pool.query(
      `INSERT INTO vault.packs (project, id, bytes, chunk_bytes, key_id, state)
       SELECT $1, sha256(i::text::bytea), i, 0, 'k', 'live' FROM generate_series(1, 2000) AS i`,
      [project],
    );
    await database.pool.query(
      `INSERT INTO vault.manifests (project, snapshot_id, object_key, bytes)
       SELECT $1, 's' || i, 'o' || i, i FROM generate_series(1, 2001) AS i`,
      [project],
    );
    const packs = await toArray(catalogue.packsOf(project));
    expect(packs.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1));
    const manifests = await toArray(catalogue.manifestsOf(project));
    expect(new Set(manifests.map(({ snapshotId }) => snapshotId)).size).toBe(2001);
  });
});

describe('leases', () => {
  it('loses the lease of a capture that slept: it cannot renew, add or publish any more', async () => {
    const project = newProject();
    const lease = await catalogue.beginCapture(project, 's');
    const pack = newPack();
    await catalogue.addPack(lease, pack, packed([chunkId('a')]));
    await catalogue.renewCapture(lease);
    await fallAsleep(database.pool, lease.captureId);
    const lost = { code: 'lease-lost' };
    await expect(catalogue.renewCapture(lease)).rejects.toMatchObject(lost);
    await expect(catalogue.addPack(lease, newPack(), [])).rejects.toMatchObject(lost);
    await expect(catalogue.publish(lease, manifest('m'), uses(pack.id))).rejects.toMatchObject(lost);
    expect(await catalogue.findManifest(project, 's')).toBeNull();
  });

  it('gives a snapshot to the newest attempt', async () => {
    const project = newProject();
    const first = await catalogue.beginCapture(project, 's');
    const second = await catalogue.beginCapture(project, 's');
    expect(second.epoch).toBeGreaterThan(first.epoch);
    await expect(catalogue.publish(first, manifest('1'), [])).rejects.toMatchObject({ code: 'lease-lost' });
    await catalogue.endCapture(first);
    await catalogue.publish(second, manifest('2'), []);
    expect(await catalogue.findManifest(project, 's')).toMatchObject({ objectKey: 'manifests/2', bytes: 10 });
  });

  it('does not let a lease be used twice, and lets it be ended twice', async () => {
    const lease = await catalogue.beginCapture(newProject(), 's');
    await catalogue.publish(lease, manifest(lease.captureId), []);
    await expect(catalogue.publish(lease, manifest(lease.captureId), [])).rejects.toMatchObject({ code: 'lease-lost' });
    await catalogue.endCapture(lease);
    await catalogue.endCapture(lease);
  });
});

describe('publish', () => {
  it('refuses a pack that is missing, of another project, or being deleted, and publishes nothing', async () => {
    const project = newProject();
    const other = await catalogue.beginCapture(newProject(), 'other');
    const foreign = newPack();
    await catalogue.addPack(other, foreign, []);
    const lease = await catalogue.beginCapture(project, 's');
    const [good, doomed] = [newPack(), newPack()];
    for (const pack of [good, doomed]) await catalogue.addPack(lease, pack, []);
    await setState(doomed.id, 'deleting');
    const publishing = (id: Buffer) => catalogue.publish(lease, manifest(lease.captureId), uses(good.id, good.id, id));
    await expect(publishing(newPack().id)).rejects.toMatchObject({ code: 'pack-missing' });
    await expect(publishing(foreign.id)).rejects.toMatchObject({ code: 'pack-missing' });
    await expect(publishing(doomed.id)).rejects.toMatchObject({ code: 'pack-condemned' });
    await expect(catalogue.addPack(lease, doomed, [])).rejects.toMatchObject({ code: 'pack-condemned' });
    expect(await catalogue.findManifest(project, 's')).toBeNull();
    await publishing(good.id);
    expect(await catalogue.findManifest(project, 's')).not.toBeNull();
  });

  it('takes a condemned pack back', async () => {
    const project = newProject();
    const lease = await catalogue.beginCapture(project, 's');
    const pack = newPack();
    await catalogue.addPack(lease, pack, packed([chunkId('a')]));
    await setState(pack.id, 'condemned');
    await catalogue.publish(lease, manifest(lease.captureId), uses(pack.id));
    expect(await toArray(catalogue.packsOf(project))).toMatchObject([{ state: 'live', condemnedAt: null }]);
  });

  it('replaces a manifest, and says which object it was when it is taken back', async () => {
    const project = newProject();
    for (const key of ['1', '2']) {
      await catalogue.publish(await catalogue.beginCapture(project, 's'), manifest(key), []);
    }
    expect(await catalogue.unpublish(project, 's')).toBe('manifests/2');
    expect(await catalogue.unpublish(project, 's')).toBeNull();
  });

  it('does not wait for ever when many publish the same packs at once', async () => {
    const project = newProject();
    const packs = Array.from({ length: 20 }, () => newPack());
    const first = await catalogue.beginCapture(project, 'first');
    for (const pack of packs) await catalogue.addPack(first, pack, []);
    for (let round = 0; round < 5; round += 1) {
      const leases = await Promise.all(
        Array.from({ length: 8 }, (_, nth) => catalogue.beginCapture(project, `s${round}-${nth}`)),
      );
      await database.pool.query("UPDATE vault.packs SET state = 'condemned', condemned_at = now() WHERE project = $1", [
        project,
      ]);
      const orders = leases.map((_, nth) => (nth % 2 === 0 ? packs : packs.toReversed()).map(({ id }) => id));
      await Promise.all(
        leases.map((lease, nth) => catalogue.publish(lease, manifest(lease.captureId), uses(...orders[nth]!))),
      );
    }
    expect(await toArray(catalogue.manifestsOf(project))).toHaveLength(40);
  });
});

describe('rebuild', () => {
  it('fills the catalogue anew, while captures and collections are refused', async () => {
    const project = newProject();
    const old = await catalogue.beginCapture(project, 'old');
    await catalogue.addPack(old, newPack(), packed([chunkId('a')]));
    const abandoned = await catalogue.beginRebuild(project);
    const rebuild = await catalogue.beginRebuild(project);
    expect(await catalogue.locate(project, [chunkId('a')])).toEqual([null]);
    await expect(catalogue.beginCapture(project, 't')).rejects.toMatchObject({ code: 'rebuilding' });
    await expect(catalogue.openCollection(project)).rejects.toMatchObject({ code: 'rebuilding' });
    await expect(catalogue.publish(old, manifest('m'), [])).rejects.toMatchObject({ code: 'lease-lost' });
    await expect(catalogue.restorePack(abandoned, newPack(), [])).rejects.toMatchObject({ code: 'rebuilding' });
    await expect(catalogue.endRebuild(abandoned)).rejects.toMatchObject({ code: 'rebuilding' });

    const pack = newPack();
    for (let twice = 0; twice < 2; twice += 1) {
      await catalogue.restorePack(rebuild, pack, packed([chunkId('b')]));
      await catalogue.restoreManifest(rebuild, 's', { objectKey: 'manifests/s', bytes: 5 });
    }
    await catalogue.endRebuild(rebuild);
    expect(await holders(project, [chunkId('b')])).toEqual([pack.id]);
    expect(await catalogue.findManifest(project, 's')).toMatchObject({ objectKey: 'manifests/s' });
    await catalogue.beginCapture(project, 't');
  });

  it('is refused while a collection is under way', async () => {
    const project = newProject();
    const session = await catalogue.openCollection(project);
    await expect(catalogue.beginRebuild(project)).rejects.toMatchObject({ code: 'collection-running' });
    await expect(catalogue.openCollection(project)).rejects.toMatchObject({ code: 'collection-running' });
    await session.close();
    await catalogue.endRebuild(await catalogue.beginRebuild(project));
  });
});
