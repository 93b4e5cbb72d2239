import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FaultInjectingBackend } from '../../faults/vault/fault-injecting-backend.js';
import { FaultScript } from '../../faults/vault/planned-faults.js';
import { rebuildCatalogue } from '../../../src/vault/repair/rebuild-catalogue.js';
import { repairProject } from '../../../src/vault/repair/repair-project.js';
import { usually } from '../../harness/thorough.js';
import { DamagedVault, flipped, signal } from './damage-fixture.js';
import { collect, inParts, newId } from './fixture.js';

let vault: DamagedVault;

beforeAll(async () => {
  vault = await DamagedVault.create();
});
beforeEach(() => vault.reset());
afterAll(() => vault.fixture.remove());

/** Every so many calls one repair is ended. */
const STEP = usually(70, 17);

const firstFrame = (bytes: Buffer): Buffer => flipped(bytes, 200);
const inIndex = (bytes: Buffer): Buffer => flipped(bytes, -84);

describe('a repair', () => {
  it('takes a damaged chunk from another pack that holds it, and throws the damaged pack away', async () => {
    const copy = await vault.copyOfPack('A');
    await vault.change(copy, firstFrame);
    expect(await vault.unrestorable()).toEqual({ A: 'chunk-damaged' });
    await vault.repair();
    expect(await vault.unrestorable()).toEqual({});
    expect((await vault.check()).summary.findings).toEqual({ damage: 0, garbage: 0, note: 0 });
    expect(await (await vault.parts()).backend.stat(copy)).toBeNull();
  });

  it('lets a capture of the same content make a damaged snapshot whole again', async () => {
    await vault.change(vault.packs.A, firstFrame);
    await vault.repair();
    expect(await vault.unrestorable()).toEqual({ A: 'chunk-missing' });
    await vault.capture(newId(), vault.contentsOf('A'));
    expect(await vault.unrestorable()).toEqual({});
    await vault.repair();
    expect((await vault.check()).summary.findings).toEqual({ damage: 0, garbage: 0, note: 0 });
  });

  it('is seen by a vault that has been open all the time', async () => {
    const open = await vault.open();
    const read = async (): Promise<number> => {
      let bytes = 0;
      for await (const entry of open.readEntries(vault.project, vault.snapshots.A)) {
        if (entry.kind === 'file') bytes += (await collect(open.readContent(vault.project, entry.content))).length;
      }
      return bytes;
    };
    const copy = await vault.copyOfPack('A');
    await vault.change(copy, firstFrame);
    await expect(read()).rejects.toMatchObject({ code: 'chunk-damaged' });
    await vault.repair();
    expect(await read()).toBe(vault.contentsOf('A').reduce((sum, { length }) => sum + length, 0));
  });

  it('of a vault that is whole lets a capture go on', async () => {
    const snapshotId = newId();
    const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
    const writer = await (await vault.open()).beginCapture(vault.project, header);
    const content = await writer.store(inParts(Buffer.from('captured during a repair')));
    const { steps } = await vault.repair();
    expect(steps.filter(({ kind }) => kind !== 'done')).toEqual([]);
    await writer.add({ kind: 'file', path: 'utf8:x', mode: 0o644, uid: 0, gid: 0, mtimeNs: '1', content });
    await writer.publish();
    expect((await vault.check()).summary).toMatchObject({
      snapshots: { length: 4 },
      findings: { damage: 0, garbage: 0 },
    });
  });

  it('never throws a whole manifest away because its row is lost, unless it is known to be unwanted', async () => {
    await vault.sql('DELETE FROM vault.manifests WHERE snapshot_id = $1', vault.snapshots.B);
    const wanted = (id: string): boolean => id !== vault.snapshots.B;
    const repair = repairProject(await vault.parts(), vault.project, { signal, wanted });
    while ((await repair.next()).done !== true);
    expect(await vault.unrestorable()).toEqual({ B: 'manifest-missing' });
    expect((await vault.check()).summary).toMatchObject({ packs: 2, findings: { damage: 0, garbage: 0 } });
  });

  it.each([
    [
      'a damaged index and lost rows',
      async () => {
        await vault.change(vault.packs.A, inIndex);
        await vault.sql(`DELETE FROM vault.chunks WHERE pack <> (SELECT min(number) FROM vault.packs)`);
      },
    ],
    ['swapped packs', () => vault.swap(vault.packs.A, vault.packs.B)],
  ])(
    'ended at any call to the store loses nothing, and is run again: %s',
    async (_, damage) => {
      const start = randomInt(1, STEP);
      const outcomes: string[] = [];
      for (let nth = start; outcomes.at(-1) !== 'done'; nth += STEP) {
        await vault.reset();
        await damage();
        const parts = await vault.parts();
        const faults = new FaultScript({ nth, times: Infinity, fault: { kind: 'fail', code: 'denied' } });
        const backend = new FaultInjectingBackend(parts.backend, faults);
        const repair = repairProject({ ...parts, backend }, vault.project, { signal });
        outcomes.push(await finish(repair));
        await vault.repair();
        expect(await vault.unrestorable(), `ended at call ${nth} to the store`).toEqual({});
      }
      expect(new Set(outcomes)).toEqual(new Set(['denied', 'done']));
    },
    60_000,
  );
});

describe('a rebuild', () => {
  it('that was interrupted is reported, refuses captures, and is taken up by a repair', async () => {
    const parts = await vault.parts();
    const faults = new FaultScript({ operation: 'list', nth: 2, fault: { kind: 'fail', code: 'denied' } });
    const backend = new FaultInjectingBackend(parts.backend, faults);
    await expect(rebuildCatalogue({ ...parts, backend }, vault.project, { signal })).rejects.toMatchObject({
      code: 'denied',
    });
    expect((await vault.check()).findings.map(({ code }) => code)).toEqual(['rebuild-unfinished']);
    await expect(vault.recapture('A')).rejects.toMatchObject({ code: 'rebuilding' });
    await vault.repair();
    expect(await vault.unrestorable()).toEqual({});
    expect((await vault.check()).summary.findings).toEqual({ damage: 0, garbage: 0, note: 0 });
  });

  it('that was interrupted anywhere and begun again forgets no snapshot whose manifest is damaged, and invents none', async () => {
    await vault.change(vault.manifests.B, (bytes) => flipped(bytes, 100));
    const stray = `projects/${vault.project}/manifests/${newId()}/${newId()}`;
    await vault.copy(vault.manifests.B, stray);
    for (const operation of ['list', 'stream', 'read'] as const) {
      for (let nth = 1; nth <= 4; nth += 1) {
        const parts = await vault.parts();
        const faults = new FaultScript({ operation, nth, fault: { kind: 'fail', code: 'denied' } });
        const backend = new FaultInjectingBackend(parts.backend, faults);
        await rebuildCatalogue({ ...parts, backend }, vault.project, { signal }).catch(() => undefined);
        const report = await rebuildCatalogue(parts, vault.project, { signal });
        const damaged = report.snapshots.filter(({ state }) => state === 'damaged').map(({ snapshotId }) => snapshotId);
        expect(damaged, `${operation} ${nth}`).toEqual([vault.snapshots.B]);
      }
    }
  });

  it('leaves a pack whose index cannot be read where it is, but saves its chunks while the rows are there', async () => {
    await vault.change(vault.packs.A, inIndex);
    const report = await rebuildCatalogue(await vault.parts(), vault.project, { signal });
    expect(report.unreadablePacks.map(({ key }) => key)).toEqual([vault.packs.A]);
    expect(report.saved).toBe(3);
    expect(await vault.unrestorable()).toEqual({});
  });

  it('from nothing names the snapshots whose manifest is damaged, and keeps what they may need from collections', async () => {
    await vault.change(vault.manifests.B, (bytes) => flipped(bytes, 100));
    for (const table of ['chunks', 'packs', 'manifests']) await vault.sql(`DELETE FROM vault.${table}`);
    const report = await rebuildCatalogue(await vault.parts(), vault.project, { signal });
    const states = new Map(report.snapshots.map(({ snapshotId, state }) => [snapshotId, state]));
    expect([states.get(vault.snapshots.A), states.get(vault.snapshots.B)]).toEqual(['published', 'damaged']);
    await expect((await vault.open()).collect(vault.project, { signal })).rejects.toMatchObject({
      code: 'manifest-damaged',
    });
    await vault.restoreObjects();
    expect(await vault.unrestorable()).toEqual({});
  });

  it('keeps a snapshot whose manifest is gone as damaged, rather than forgetting that it was there', async () => {
    await rm(vault.file(vault.manifests.C));
    const report = await rebuildCatalogue(await vault.parts(), vault.project, { signal });
    expect(report.snapshots.find(({ snapshotId }) => snapshotId === vault.snapshots.C)).toMatchObject({
      state: 'damaged',
      attempts: 0,
    });
    expect(vault.damagedIn((await vault.check()).summary)).toEqual(['C']);
  });

  it('prefers the attempt that was published to others that are whole', async () => {
    await vault.recapture('B');
    const published = (await vault.fixture.catalogue.findManifest(vault.project, vault.snapshots.B))!.objectKey;
    expect(published).not.toBe(vault.manifests.B);
    await rebuildCatalogue(await vault.parts(), vault.project, { signal });
    expect(await vault.fixture.catalogue.findManifest(vault.project, vault.snapshots.B)).toMatchObject({
      objectKey: published,
    });
    await vault.sql('DELETE FROM vault.manifests');
    // The later attempt, by the time in its header, where the catalogue knows nothing.
    await rebuildCatalogue(await vault.parts(), vault.project, { signal });
    expect(await vault.fixture.catalogue.findManifest(vault.project, vault.snapshots.B)).toMatchObject({
      objectKey: published,
    });
  });
});

async function finish(steps: AsyncGenerator<unknown, unknown>): Promise<string> {
  try {
    for await (const _ of steps);
    return 'done';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
