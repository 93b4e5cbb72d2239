import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalBackend } from '../../../src/vault/backend/local/local-backend.js';
import { MasterKey } from '../../../src/vault/keys/master-key.js';
import { readKeyFile } from '../../../src/vault/keys/read-key-file.js';
import { rotateProjectKeys } from '../../../src/vault/keys/rotate-project-keys.js';
import { openProjectKey } from '../../../src/vault/keys/project-key-file.js';
import { copyProjectKey } from '../../../src/vault/replica/copy-project-key.js';
import { FaultInjectingBackend } from '../../faults/vault/fault-injecting-backend.js';
import { FaultScript } from '../../faults/vault/planned-faults.js';
import { flipped } from '../pack-vault/damage-fixture.js';
import { keysIn, VaultWithReplica, WatchedBackend } from './replica-fixture.js';

let both: VaultWithReplica;
beforeAll(async () => {
  both = await VaultWithReplica.create();
});
afterAll(() => both.remove());

const packsOf = async (snapshotId: string) =>
  (await both.parts.catalogue.needsOf(both.project, snapshotId))!.packs!.map(({ id }) => id.toString('hex'));
const inVault = (key: string) => join(both.directory, 'vault', key);
const inReplica = (key: string) => join(both.directory, 'replica', key);
const keyOf = (id: string) => `projects/${both.project}/packs/${id.slice(0, 2)}/${id}`;

async function change(file: string, edit: (bytes: Buffer) => Buffer): Promise<void> {
  const bytes = edit(await readFile(file));
  // Objects are read-only, and perhaps linked.
  await rm(file);
  await writeFile(file, bytes);
}

describe('a copy of a snapshot', () => {
  it('is read from the replica and the master key alone, byte for byte, and only what is new is copied for the next one', async () => {
    const [shared, own] = [randomBytes(300_000), randomBytes(200_000)];
    const first = await both.capture(shared);
    const copied = await both.copy(first);
    expect(copied).toMatchObject({ state: 'copied', packs: 1 });
    expect(copied.bytes).toBeGreaterThan(shared.length);
    expect(await both.replicatedAt(first)).toBeInstanceOf(Date);

    const second = await both.capture(shared, own);
    expect(await both.replicatedAt(second)).toBeNull();
    const next = await both.copy(second);
    expect(next.bytes).toBeLessThan(own.length + 50_000);
    expect(await both.readReplica(second)).toEqual([shared, own]);
    expect(await both.readReplica(first)).toEqual([shared]);
    // Done again it finds all there, and reads nothing of the vault but the manifest.
    const vault = new WatchedBackend(both.parts.vault);
    expect(await both.copy(second, { vault })).toMatchObject({ packs: 0, bytes: 0 });
    expect(vault.streamed.filter((key) => key.includes('/packs/'))).toEqual([]);
  });

  it('has no manifest before all packs are there, whichever call fails, and goes on with what is missing', async () => {
    const contents = [randomBytes(100_000), randomBytes(100_000)];
    const snapshotId = await both.capture(...contents);
    const manifests = await both.objects('manifests');
    for (const rule of [
      { operation: 'put', key: 'projects/', fault: { kind: 'fail', code: 'disk-full' } },
      { operation: 'put', key: 'projects/', fault: { kind: 'lose-answer' } },
      { operation: 'put', key: 'projects/', fault: { kind: 'forget' } },
      { operation: 'stat', key: 'projects/', fault: { kind: 'fail', code: 'unavailable' } },
    ] as const) {
      const replica = new FaultInjectingBackend(both.parts.replica, new FaultScript(rule));
      const failure = await both.copy(snapshotId, { replica }).catch((error: unknown) => error);
      expect(failure).toHaveProperty('code');
      expect(await both.objects('manifests')).toEqual(manifests);
      expect(await both.replicatedAt(snapshotId)).toBeNull();
    }
    await both.copy(snapshotId);
    expect(await both.readReplica(snapshotId)).toEqual(contents);
  });

  it('finds all chunks although a collection replaces and deletes packs while it is under way', async () => {
    // As much as makes a copy worth its work.
    const [kept, dropped] = [randomBytes(30_000), randomBytes(10_000_000)];
    const goes = await both.capture(dropped, kept);
    const stays = await both.capture(kept);
    const before = await packsOf(stays);
    let collected = 0;
    const vault = new WatchedBackend(both.parts.vault, async (key) => {
      if (!key.includes('/packs/') || collected > 0) return;
      collected += 1;
      await both.delete(goes, 0);
    });
    expect(await both.copy(stays, { vault })).toMatchObject({ state: 'copied' });
    expect(collected).toBe(1);
    expect(await packsOf(stays)).not.toEqual(before);
    expect(await keysIn(both.parts.vault, keyOf(before[0]!))).toEqual([]);
    expect(await both.readReplica(stays)).toEqual([kept]);
  });

  it('ends without a word when the snapshot is deleted from the vault meanwhile', async () => {
    const snapshotId = await both.capture(randomBytes(50_000));
    const vault = new WatchedBackend(both.parts.vault, async (key) => {
      if (key.includes('/packs/')) await both.delete(snapshotId);
    });
    expect(await both.copy(snapshotId, { vault })).toMatchObject({ state: 'gone' });
    await expect(both.readReplica(snapshotId)).rejects.toMatchObject({ code: 'manifest-missing' });
  });
});

describe('what is damaged', () => {
  it.each([
    ['a bit of a pack', (bytes: Buffer) => flipped(bytes, 5_000)],
    ['the end of a pack', (bytes: Buffer) => bytes.subarray(0, -100)],
    ['a pack that has become longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(10)])],
  ])('in the vault is not copied: %s', async (_, edit) => {
    const snapshotId = await both.capture(randomBytes(60_000));
    const [pack] = await packsOf(snapshotId);
    const whole = await readFile(inVault(keyOf(pack!)));
    await change(inVault(keyOf(pack!)), edit);
    await expect(both.copy(snapshotId)).rejects.toMatchObject({
      code: 'replica-source-damaged',
      isOfOneSnapshot: true,
    });
    expect(await keysIn(both.parts.replica, keyOf(pack!))).toEqual([]);
    expect(await both.replicatedAt(snapshotId)).toBeNull();
    await change(inVault(keyOf(pack!)), () => whole);
    expect(await both.copy(snapshotId)).toMatchObject({ state: 'copied' });
  });

  it('of a manifest is not copied either', async () => {
    const snapshotId = await both.capture(randomBytes(10_000));
    const { manifest } = (await both.parts.catalogue.needsOf(both.project, snapshotId))!;
    await change(inVault(manifest.objectKey), (bytes) => flipped(bytes, -40));
    await expect(both.copy(snapshotId)).rejects.toMatchObject({ code: 'replica-source-damaged' });
    expect(await keysIn(both.parts.replica, manifest.objectKey)).toEqual([]);
  });

  it('in the replica is replaced by what the vault has, and not thrown away when that is damaged too', async () => {
    const content = randomBytes(70_000);
    const snapshotId = await both.capture(content);
    await both.copy(snapshotId);
    const [pack] = await packsOf(snapshotId);
    await change(inReplica(keyOf(pack!)), (bytes) => flipped(bytes, 900));
    await both.forgetReplica();
    const whole = await readFile(inVault(keyOf(pack!)));
    await change(inVault(keyOf(pack!)), (bytes) => flipped(bytes, 2_000));
    await expect(both.copy(snapshotId)).rejects.toMatchObject({ code: 'replica-source-damaged' });
    expect(await keysIn(both.parts.replica, keyOf(pack!))).toEqual([keyOf(pack!)]);
    await change(inVault(keyOf(pack!)), () => whole);
    await both.copy(snapshotId);
    expect(await both.readReplica(snapshotId)).toEqual([content]);
  });
});

describe("a project's key in the replica", () => {
  it('is the one that the master key of now opens, after a rotation too', async () => {
    const { vault, replica, masterKey } = both.parts;
    const next = MasterKey.fromBase64(randomBytes(32).toString('base64'));
    await rotateProjectKeys(vault, masterKey, next);
    // A process that has the old key still replaces nothing by what it cannot open.
    await expect(copyProjectKey({ vault, replica, masterKey }, both.project)).rejects.toMatchObject({
      code: 'wrong-master-key',
    });
    expect(openProjectKey(masterKey, await readKeyFile(replica, both.project)).id).toBeTruthy();
    await copyProjectKey({ vault, replica, masterKey: next }, both.project);
    expect(openProjectKey(next, await readKeyFile(replica, both.project)).id).toBeTruthy();
    await rotateProjectKeys(vault, next, masterKey);
    await copyProjectKey(both.parts, both.project);
  });

  it('is not replaced when it is another one: nothing of the project is written', async () => {
    const replica = await LocalBackend.open(join(both.directory, 'other'));
    const snapshotId = await both.capture(randomBytes(10_000));
    const file = await readKeyFile(both.parts.replica, both.project);
    const foreign = { ...file, dataKeyId: '0123456789abcdef' };
    await replica.replace(`projects/${both.project}/key.json`, Buffer.from(JSON.stringify(foreign)));
    const before = await keysIn(replica);
    await expect(both.copy(snapshotId, { replica })).rejects.toMatchObject({
      code: 'replica-other-key',
      needsPerson: true,
    });
    expect(await keysIn(replica)).toEqual(before);
  });
});
