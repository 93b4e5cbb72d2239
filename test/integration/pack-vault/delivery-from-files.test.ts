import { hash, randomBytes } from 'node:crypto';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Backend } from '../../../src/vault/backend/backend.js';
import { packKey } from '../../../src/vault/format/object-keys.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { inParts, makeVault, newId, type VaultFixture } from './fixture.js';

const CONTENTS = [
  Buffer.alloc(20_000, 'text '),
  randomBytes(30_000),
  randomBytes(9 * 1024 * 1024),
  Buffer.alloc(70_000, 'more text '),
];
const NAMES = CONTENTS.map((bytes) => `> ${hash('sha256', bytes)}`);

let fixture: VaultFixture;
let project: string;
let refs: ContentRef[];

beforeAll(async () => (fixture = await makeVault()));
afterAll(() => fixture.remove());

beforeEach(async () => {
  project = newId();
  const header = { snapshotId: newId(), createdAt: new Date().toISOString(), tools: {} };
  const writer = await fixture.vault.beginCapture(project, header);
  refs = await Promise.all(CONTENTS.map((bytes) => writer.store(inParts(bytes))));
  await writer.publish();
});

function deliver(vault: PackVault): Promise<(string | null)[]> {
  const taker = { name: 'naming-taker', from: import.meta.url, start: { prefix: '>' } };
  return vault.deliver<{ prefix: string }, string, (string | null)[]>(project, refs, taker, '');
}

/** Of each chunk of a content: the file of its pack, and where it begins there. */
async function placesOf({ chunks }: ContentRef): Promise<{ file: string; offset: number }[]> {
  const ids = chunks.map(({ id }) => Buffer.from(id, 'hex'));
  const located = await fixture.catalogue.locate(project, ids);
  return located.map((place) => {
    return { file: join(fixture.root, packKey(project, place!.packId.toString('hex'))), offset: place!.offset };
  });
}

/** Names of those that have no chunk at, or in the same file behind, a place. */
async function namesBefore(cut: { file: string; offset: number }): Promise<(string | null)[]> {
  const places = await Promise.all(refs.map(placesOf));
  return places.map((some, index) => {
    return some.some(({ file, offset }) => file === cut.file && offset >= cut.offset) ? null : NAMES[index]!;
  });
}

it('is the same from files and from a store that has none, also when both are asked at once', async () => {
  const { catalogue, masterKey } = fixture;
  const backend = Object.assign(Object.create(fixture.backend) as Backend, { openFile: async () => null });
  const withoutFiles = new PackVault({ backend, catalogue, masterKey });
  const vaults = [fixture.vault, withoutFiles, fixture.vault, fixture.vault, withoutFiles];
  expect(await Promise.all(vaults.map(deliver))).toEqual(vaults.map(() => NAMES));
});

it('leaves out what was altered, and nothing beside it', async () => {
  const [{ file, offset }] = (await placesOf(refs[1]!)) as [{ file: string; offset: number }];
  const bytes = await readFile(file);
  bytes[offset + 100]! ^= 1;
  await writeFile(file, bytes);
  expect(await deliver(fixture.vault)).toEqual(NAMES.with(1, null as never));
});

it('leaves out what is behind the end of a pack that was cut off, and what is in one that is gone', async () => {
  const [{ file, offset }] = (await placesOf(refs[3]!)) as [{ file: string; offset: number }];
  await truncate(file, offset + 10);
  expect(await deliver(fixture.vault)).toEqual(await namesBefore({ file, offset }));
  await rm(file);
  expect(await deliver(fixture.vault)).toEqual(await namesBefore({ file, offset: 0 }));
});
