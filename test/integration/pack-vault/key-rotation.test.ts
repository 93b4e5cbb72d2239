import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultInjectingBackend } from '../../faults/vault/fault-injecting-backend.js';
import { FaultScript } from '../../faults/vault/planned-faults.js';
import { MasterKey } from '../../../src/vault/keys/master-key.js';
import { rotateProjectKeys } from '../../../src/vault/keys/rotate-project-keys.js';
import { listProjects } from '../../../src/vault/keys/list-projects.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { collect, inParts, makeVault, newId, type VaultFixture } from './fixture.js';

let fixture: VaultFixture;
const newKey = (): MasterKey => MasterKey.fromBase64(randomBytes(32).toString('base64'));
const secret = Buffer.from('what only the right key shows');
const captured: { project: string; snapshotId: string }[] = [];

beforeAll(async () => {
  fixture = await makeVault();
  for (let number = 0; number < 3; number += 1) captured.push(await capture(fixture.vault, newId()));
});
afterAll(() => fixture.remove());

async function capture(vault: PackVault, project: string): Promise<{ project: string; snapshotId: string }> {
  const snapshotId = newId();
  const writer = await vault.beginCapture(project, { snapshotId, createdAt: new Date().toISOString(), tools: {} });
  const content = await writer.store(inParts(secret));
  await writer.add({ kind: 'file', path: 'utf8:x', mode: 0o644, uid: 0, gid: 0, mtimeNs: '1', content });
  await writer.publish();
  return { project, snapshotId };
}

async function read(masterKey: MasterKey, { project, snapshotId }: (typeof captured)[number]): Promise<Buffer> {
  const vault = new PackVault({ backend: fixture.backend, catalogue: fixture.catalogue, masterKey });
  const parts: Buffer[] = [];
  for await (const entry of vault.readEntries(project, snapshotId)) {
    if (entry.kind === 'file') parts.push(await collect(vault.readContent(project, entry.content)));
  }
  return Buffer.concat(parts);
}

async function keysOfObjects(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key, bytes } of fixture.backend.list('projects/')) keys.push(`${key} ${bytes}`);
  return keys;
}

it('lists the projects of a vault, and nothing that only looks like one', async () => {
  const { backend, root } = fixture;
  const first = captured.map(({ project }) => project).toSorted()[0]!;
  for (const name of [`projects/${first}-old`, `projects/${first}.bak`, 'projects/a-file']) {
    await writeFile(`${root}/${name}`, '');
  }
  const projects: string[] = [];
  for await (const project of listProjects(backend)) projects.push(project);
  expect(projects).toEqual(captured.map(({ project }) => project).toSorted());
  for (const name of [`projects/${first}-old`, `projects/${first}.bak`, 'projects/a-file']) await rm(`${root}/${name}`);
});

it('goes on where it was ended, and rewrites no pack', async () => {
  const { backend, masterKey: from } = fixture;
  const to = newKey();
  const before = await keysOfObjects();

  const dying = new FaultInjectingBackend(
    backend,
    new FaultScript({ operation: 'replace', nth: 2, fault: { kind: 'fail', code: 'unavailable' } }),
  );
  await expect(rotateProjectKeys(dying, from, to)).rejects.toMatchObject({ code: 'unavailable' });
  // Every project opens with one of the two keys, whichever.
  const opened = await Promise.all(
    captured.map((one) => Promise.any([read(from, one), read(to, one)]).then((bytes) => bytes.equals(secret))),
  );
  expect(opened).toEqual([true, true, true]);

  const second = await rotateProjectKeys(backend, from, to);
  expect([second.already.length, second.rotated.length]).toEqual([1, 2]);
  expect(await rotateProjectKeys(backend, from, to)).toMatchObject({ rotated: [], failed: [] });
  for (const one of captured) {
    expect((await read(to, one)).equals(secret)).toBe(true);
    await expect(read(from, one)).rejects.toMatchObject({ code: 'wrong-master-key' });
  }
  expect(await keysOfObjects()).toEqual(before);
  await rotateProjectKeys(backend, to, from);
});

it('changes nothing when the key it should replace is not the one in use', async () => {
  const { backend, masterKey } = fixture;
  await expect(rotateProjectKeys(backend, newKey(), newKey())).rejects.toMatchObject({ code: 'wrong-master-key' });
  for (const one of captured) expect((await read(masterKey, one)).equals(secret)).toBe(true);
});

it('leaves a project whose key file is damaged or missing, says so, and does the others', async () => {
  const { backend, masterKey: from } = fixture;
  const [lost, torn, well] = captured.map(({ project }) => `projects/${project}/key.json`);
  const copies = [await backend.read(lost!), await backend.read(torn!)];
  await backend.delete([lost!]);
  await backend.replace(torn!, Buffer.from('{'));
  const to = newKey();
  const { rotated, failed } = await rotateProjectKeys(backend, from, to);
  expect(rotated.map((project) => `projects/${project}/key.json`)).toEqual([well]);
  expect(failed.map(({ project }) => `projects/${project}/key.json`).toSorted()).toEqual([lost, torn].toSorted());

  await backend.replace(lost!, copies[0]!);
  await backend.replace(torn!, copies[1]!);
  expect((await rotateProjectKeys(backend, from, to)).rotated).toHaveLength(2);
  await rotateProjectKeys(backend, to, from);
});

it('makes no second key for a project whose key file is lost', async () => {
  const { backend, catalogue, masterKey } = fixture;
  const one = captured[0]!;
  const file = `projects/${one.project}/key.json`;
  const copy = await backend.read(file);
  await backend.delete([file]);
  await expect(read(masterKey, one)).rejects.toMatchObject({ code: 'key-file-missing' });
  const vault = new PackVault({ backend, catalogue, masterKey });
  await expect(capture(vault, one.project)).rejects.toMatchObject({ code: 'key-file-missing' });
  expect(await backend.stat(file)).toBeNull();
  await backend.replace(file, copy);
  expect((await read(masterKey, one)).equals(secret)).toBe(true);
});
