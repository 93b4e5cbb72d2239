import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Catalogue } from '../../../src/vault/catalogue/catalogue.js';
import type { ManifestRecord } from '../../../src/vault/catalogue/catalogue-records.js';
import { checkProject } from '../../../src/vault/check/check-project.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { rebuildCatalogue } from '../../../src/vault/repair/rebuild-catalogue.js';
import { inParts, makeVault, newId, type VaultFixture } from './fixture.js';

let fixture: VaultFixture;
const { signal } = new AbortController();
const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };

beforeAll(async () => {
  fixture = await makeVault();
});
afterAll(() => fixture.remove());

async function capture(project: string): Promise<{ snapshotId: string; content: ContentRef }> {
  const snapshotId = newId();
  const writer = await fixture.vault.beginCapture(project, headerOf(snapshotId));
  const content = await writer.store(inParts(randomBytes(20_000)));
  await writer.add({ kind: 'file', path: 'utf8:file', ...attributes, content });
  await writer.publish();
  return { snapshotId, content };
}

const headerOf = (snapshotId: string) => ({ snapshotId, createdAt: new Date().toISOString(), tools: {} });

/**
 * A catalogue of which somebody begins and ends a rebuild around each question, until `quiet` is aborted: what is asked is asked while the
 * rows are gone, and when the answer comes, nobody rebuilds any more.
 */
function rebuiltAround(project: string, what: 'locate' | 'findManifest', quiet: AbortSignal): Catalogue {
  const { catalogue } = fixture;
  const around = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (quiet.aborted) return ask();
    await catalogue.beginRebuild(project);
    const answer = await ask();
    await rebuildCatalogue(fixture, project, { signal });
    return answer;
  };
  return new Proxy<Catalogue>(catalogue, {
    get(target, name) {
      if (name === 'locate' && what === 'locate') {
        return (...all: Parameters<Catalogue['locate']>) => around(() => target.locate(...all));
      }
      // As when the rows were lost with the database, too.
      if (name === 'findManifest' && what === 'findManifest' && !quiet.aborted) {
        return () => around(async (): Promise<ManifestRecord | null> => null);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

it.each([
  ['a manifest', 'findManifest'],
  ['chunks', 'locate'],
] as const)(
  'nothing is called missing that was asked for during a rebuild which has ended since: %s',
  async (_, what) => {
    const project = newId();
    const { snapshotId, content } = await capture(project);
    const quiet = new AbortController();
    const { backend, masterKey } = fixture;
    const vault = new PackVault({ backend, masterKey, catalogue: rebuiltAround(project, what, quiet.signal) });
    const read = async (): Promise<void> => {
      for await (const _entry of vault.readEntries(project, snapshotId));
      await vault.readContents(project, [content]);
    };
    await expect(read()).rejects.toMatchObject({ code: 'rebuilding' });
    quiet.abort();
    await read();
  },
);

it('a check that meets a rebuild says nothing of the snapshots, also when the rebuild has ended before it', async () => {
  const project = newId();
  await capture(project);
  const check = checkProject(
    { ...fixture, catalogue: rebuiltAround(project, 'locate', new AbortController().signal) },
    project,
    { signal },
  );
  let next = await check.next();
  while (next.done !== true) next = await check.next();
  expect(next.value).toMatchObject({ inconclusive: true });
});

it('a capture whose rows are taken for a rebuild does not call the base damaged that it builds on', async () => {
  const project = newId();
  const { content } = await capture(project);
  const writer = await fixture.vault.beginCapture(project, headerOf(newId()));
  await fixture.catalogue.beginRebuild(project);
  await writer.add({ kind: 'file', path: 'utf8:carried', ...attributes, content });
  await expect(writer.publish()).rejects.toMatchObject({ code: 'lease-lost' });
  await writer.discard();
  await rebuildCatalogue(fixture, project, { signal });
});
