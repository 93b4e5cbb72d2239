import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listingKeyOf } from '../../../src/vault/format/object-keys.js';
import type { Listing } from '../../../src/vault/listing/listing.js';
import { entriesIn, OF_FILES } from '../../../src/vault/listing/listing-key.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { makeVault, newId, type VaultFixture } from './fixture.js';

let fixture: VaultFixture;

beforeAll(async () => {
  fixture = await makeVault();
});
afterAll(() => fixture.remove());

const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };
const SMALL_BYTES = 64 * 1024;
/** So many that the listing is stored: each name is noise, which nothing makes smaller. */
const MANY = 12_000;

async function capture(
  project: string,
  files: number,
): Promise<{ snapshotId: string; objectKey: string; paths: string[] }> {
  const snapshotId = newId();
  const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
  const writer = await fixture.vault.beginCapture(project, header);
  const content = { bytes: 0, sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', chunks: [] };
  const paths = Array.from({ length: files }, (_, index) => `d${index % 3}/${randomBytes(48).toString('hex')}`);
  await writer.add(
    ...['', 'd0', 'd1', 'd2'].map((path) => ({ kind: 'directory' as const, path: `utf8:${path}`, ...attributes })),
    ...paths.map((path) => ({ kind: 'file' as const, path: `utf8:${path}`, ...attributes, content })),
  );
  await writer.publish();
  const { objectKey } = (await fixture.catalogue.findManifest(project, snapshotId))!;
  return { snapshotId, objectKey, paths };
}

async function pathsIn(listing: Listing, prefix: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { found } of listing.range(prefix)) {
    for (const { entry } of found) if (entry.kind === 'file') paths.push(entry.path.slice('utf8:'.length));
  }
  return paths;
}

const stat = (objectKey: string) => fixture.backend.stat(listingKeyOf(objectKey));
/** With nothing in memory. */
const anew = () => {
  const { backend, catalogue, masterKey } = fixture;
  return new PackVault({ backend, catalogue, masterKey, smallManifestBytes: SMALL_BYTES });
};

describe('the listing of a snapshot', () => {
  it('is made in memory where there is little, and stored where there is much, once', async () => {
    const project = newId();
    const [few, many] = [await capture(project, 10), await capture(project, MANY)];
    expect(await pathsIn(await anew().openListing(project, few.snapshotId), OF_FILES)).toEqual(few.paths.toSorted());
    expect(await stat(few.objectKey)).toBeNull();
    const listing = await anew().openListing(project, many.snapshotId);
    expect(await pathsIn(listing, OF_FILES)).toEqual(many.paths.toSorted());
    expect(await pathsIn(listing, entriesIn('d1'))).toEqual(
      many.paths.filter((path) => path.startsWith('d1/')).toSorted(),
    );
    const first = await stat(many.objectKey);
    expect(first?.bytes).toBeGreaterThan(SMALL_BYTES);
    const again = await anew().openListing(project, many.snapshotId);
    expect(again.entries).toBe(MANY + 4);
    expect(await stat(many.objectKey)).toEqual(first);
  });

  it('is made by several at once, and all have it', async () => {
    const project = newId();
    const { snapshotId, paths } = await capture(project, MANY);
    const listings = await Promise.all([anew(), anew(), anew()].map((vault) => vault.openListing(project, snapshotId)));
    for (const listing of listings) expect(await pathsIn(listing, OF_FILES)).toEqual(paths.toSorted());
  });

  it('is made again when it is damaged, before it is opened or behind that', async () => {
    const project = newId();
    const { snapshotId, objectKey, paths } = await capture(project, MANY);
    const vault = anew();
    const opened = await vault.openListing(project, snapshotId);
    const key = listingKeyOf(objectKey);
    const bytes = await fixture.backend.read(key);
    for (const at of [20, bytes.length - 5]) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      await fixture.backend.replace(key, damaged);
      expect(await pathsIn(await anew().openListing(project, snapshotId), OF_FILES)).toEqual(paths.toSorted());
    }
    const damaged = Buffer.from(bytes);
    damaged[100]! ^= 1;
    await fixture.backend.replace(key, damaged);
    await expect(pathsIn(opened, OF_FILES)).rejects.toMatchObject({ code: 'manifest-damaged' });
    expect(await pathsIn(await vault.openListing(project, snapshotId), OF_FILES)).toEqual(paths.toSorted());
  });

  it('goes with its snapshot, and one that is left behind with a thorough collection', async () => {
    const project = newId();
    const [gone, killed, kept] = [
      await capture(project, MANY),
      await capture(project, MANY),
      await capture(project, MANY),
    ];
    for (const { snapshotId } of [gone, killed, kept]) await anew().openListing(project, snapshotId);
    await fixture.vault.deleteManifest(project, gone.snapshotId);
    expect(await stat(gone.objectKey)).toBeNull();
    await expect(anew().openListing(project, gone.snapshotId)).rejects.toMatchObject({ code: 'manifest-missing' });
    // A process that made it when the snapshot was deleted, and was killed then.
    const listing = await fixture.backend.read(listingKeyOf(killed.objectKey));
    await fixture.vault.deleteManifest(project, killed.snapshotId);
    await fixture.backend.replace(listingKeyOf(killed.objectKey), listing);
    await fixture.vault.collect(project, { signal: new AbortController().signal, thorough: true });
    expect(await stat(killed.objectKey)).toBeNull();
    expect(await stat(kept.objectKey)).not.toBeNull();
  });

  it('cannot be passed off as that of another snapshot, or read without the key', async () => {
    const project = newId();
    const [one, other] = [await capture(project, MANY), await capture(project, MANY)];
    await anew().openListing(project, one.snapshotId);
    const foreign = await fixture.backend.read(listingKeyOf(one.objectKey));
    expect(foreign.includes(one.paths[0]!)).toBe(false);
    await fixture.backend.replace(listingKeyOf(other.objectKey), foreign);
    expect(await pathsIn(await anew().openListing(project, other.snapshotId), OF_FILES)).toEqual(
      other.paths.toSorted(),
    );
  });
});
