import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MasterKey } from '../../../src/vault/keys/master-key.js';
import { runVaultCommand } from '../../../src/vault/cli/run-vault-command.js';
import { inParts, makeVault, newId, type VaultFixture } from './fixture.js';

let fixture: VaultFixture;
let masterKey: MasterKey;
const project = newId();
const snapshots: string[] = [];

beforeAll(async () => {
  fixture = await makeVault();
  ({ masterKey } = fixture);
  for (let number = 0; number < 2; number += 1) {
    const snapshotId = newId();
    const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
    const writer = await fixture.vault.beginCapture(project, header);
    const content = await writer.store(inParts(randomBytes(50_000)));
    await writer.add({ kind: 'file', path: 'utf8:x', mode: 0o644, uid: 0, gid: 0, mtimeNs: '1', content });
    await writer.publish();
    snapshots.push(snapshotId);
  }
});
afterAll(() => fixture.remove());

async function vault(...argv: string[]): Promise<{ status: number; lines: string[] }> {
  const lines: string[] = [];
  const { backend, catalogue, pool } = fixture;
  const access = async () => ({ backend, catalogue, connections: pool, masterKey, close: async () => undefined });
  const open = { access, store: access };
  const status = await runVaultCommand(argv, open, (line) => lines.push(line));
  return { status, lines };
}

it.each([
  [[]],
  [['explode']],
  [['check', 'repair']],
  [['check', '--plan']],
  [['check', '--project', '../etc']],
  [['check', '--read', '0']],
  [['check', '--read=101']],
  [['rotate-key']],
  [['drop', '--project', newId()]],
  [['list', '--master-key', 'secret']],
])('says how it is used, with status 2, when asked for %j', async (argv) => {
  const { status, lines } = await vault(...argv);
  expect(status).toBe(2);
  expect(lines.join('\n')).toContain('Usage: snapback-vault');
});

it('says of a whole vault that it is, with status 0', async () => {
  const listed = await vault('list');
  expect(listed.status).toBe(0);
  for (const id of [project, ...snapshots]) expect(listed.lines.join('\n')).toContain(id);
  for (const argv of [['check'], ['check', '--read'], ['check', '--read', '50', '--project', project]]) {
    const { status, lines } = await vault(...argv);
    expect(status).toBe(0);
    expect(lines.at(-1)).toBe('2 snapshots are whole, 0 are damaged.');
  }
  expect((await vault('check', '--read')).lines.join('\n')).toContain('2 packs, 2 read');
  expect((await vault('repair')).status).toBe(0);
  expect((await vault('collect', '--plan')).lines.join('\n')).toContain('2 packs stay');
  expect((await vault('collect')).lines.join('\n')).toContain('Deleted 0 packs');
  expect((await vault('rebuild')).lines.join('\n')).toContain('2 packs, 2 chunks, 2 snapshots');
});

it('names damage with status 1, for people and for machines, and drops the snapshot when told to', async () => {
  const manifest = (await fixture.catalogue.findManifest(project, snapshots[0]!))!;
  await rm(join(fixture.root, manifest.objectKey));
  const people = await vault('check');
  expect(people.status).toBe(1);
  expect(people.lines.join('\n')).toMatch(new RegExp(`damage +manifest-missing .*Hurts: ${snapshots[0]}`));
  const machines = await vault('check', '--json');
  const values = machines.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(values.map(({ type }) => type)).toEqual(['finding', 'summary', 'verdict']);
  expect(values[0]).toMatchObject({ severity: 'damage', code: 'manifest-missing', snapshotIds: [snapshots[0]] });
  expect(values[2]).toMatchObject({ whole: 1, damaged: 1, status: 1 });

  expect((await vault('repair')).status).toBe(1);
  expect((await vault('collect')).status).toBe(1);
  expect((await vault('drop', '--project', project, '--snapshot', snapshots[0]!)).status).toBe(0);
  expect((await vault('drop', '--project', project, '--snapshot', snapshots[0]!)).status).toBe(1);
  expect((await vault('collect')).lines.join('\n')).toContain('Deleted 1 packs');
  expect((await vault('check', '--read')).status).toBe(0);
});

it('rotates the master key, and says of a wrong one which is needed', async () => {
  const file = join(fixture.root, '+new-key');
  const next = randomBytes(32).toString('base64');
  await writeFile(file, next);
  expect((await vault('rotate-key', '--new-key-file', file)).lines[0]).toContain('1 keys were wrapped');
  const old = await vault('check');
  expect(old.status).toBe(1);
  expect(old.lines.join('\n')).toContain('Give Snapback the master key');
  masterKey = MasterKey.fromBase64(next);
  expect((await vault('check', '--read')).status).toBe(0);
  expect((await vault('rotate-key', '--new-key-file', `${file}-none`)).status).toBe(1);
});
