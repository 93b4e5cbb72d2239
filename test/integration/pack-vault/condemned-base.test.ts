import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { makeVault, inParts, newId, type VaultFixture } from './fixture.js';

let fixture: VaultFixture;
const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };

beforeAll(async () => {
  fixture = await makeVault();
});
afterAll(() => fixture.remove());

const begin = (project: string) =>
  fixture.vault.beginCapture(project, { snapshotId: newId(), createdAt: new Date().toISOString(), tools: {} });

async function base(project: string): Promise<ContentRef> {
  const writer = await begin(project);
  const content = await writer.store(inParts(randomBytes(20_000)));
  await writer.add({ kind: 'file', path: 'utf8:file', ...attributes, content });
  await writer.publish();
  return content;
}

it('a differential builds on a base whose pack was condemned, while an unrelated capture is under way', async () => {
  const project = newId();
  const content = await base(project);
  const unrelated = await begin(project);
  // As a collection has left it that knew no better.
  const condemned = "UPDATE vault.packs SET state = 'condemned', condemned_at = now() WHERE project = $1";
  await fixture.pool.query(condemned, [project]);
  const differential = await begin(project);
  await differential.add({ kind: 'file', path: 'utf8:carried', ...attributes, content });
  await differential.publish();
  const { rows } = await fixture.pool.query('SELECT state FROM vault.packs WHERE project = $1', [project]);
  expect(rows).toEqual([{ state: 'live' }]);

  await fixture.pool.query(condemned, [project]);
  const report = await fixture.vault.collect(project, { signal: AbortSignal.timeout(30_000) });
  expect(report).toMatchObject({ removedObjects: 0, waitingPacks: 0 });
  expect((await fixture.pool.query('SELECT state FROM vault.packs WHERE project = $1', [project])).rows).toEqual(rows);
  await unrelated.discard();
});
