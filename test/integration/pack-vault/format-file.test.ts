import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalBackend } from '../../../src/vault/backend/local/local-backend.js';
import { sourceOf } from '../../../src/vault/backend/object-source.js';
import { checkOutside } from '../../../src/vault/check/check-vault.js';
import type { Finding } from '../../../src/vault/check/finding.js';
import { openFormat, readFormat } from '../../../src/vault/format/format-file.js';
import { repairFormat } from '../../../src/vault/repair/repair-format.js';

let root: string;
let backend: LocalBackend;
let whole: Buffer;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapback-format-'));
  backend = await LocalBackend.open(root);
  await openFormat(backend);
  whole = await backend.read('format.json');
  await backend.put('projects/something/else', sourceOf(Buffer.from('x')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function codes(): Promise<string[]> {
  const findings: Finding[] = [];
  for await (const finding of checkOutside(backend)) findings.push(finding);
  return findings.map(({ code }) => code);
}

describe('a place where there is nothing', () => {
  it('becomes a new vault, unless snapshots are known to be in it: then a disk is not mounted', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'snapback-format-'));
    const nothing = await LocalBackend.open(empty);
    const refused = openFormat(nothing, async () => true);
    await expect(refused).rejects.toMatchObject({ code: 'vault-missing', message: expect.stringContaining('Mount') });
    expect(await readFormat(nothing)).toBeNull();
    expect(await openFormat(nothing, async () => false)).toMatchObject({ format: 'snapback-vault/2' });
    await rm(empty, { recursive: true, force: true });
  });
});

describe('the format file', () => {
  it.each([
    ['empty', (bytes: Buffer) => bytes.subarray(0, 0)],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -10)],
    ['half written', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 60), Buffer.alloc(bytes.length - 60)])],
    ["another file's", () => Buffer.from('{"format":"snapback-project-key/1"}')],
    ['without its checksum', (bytes: Buffer) => Buffer.from(bytes.toString().replace('"checksum"', '"x"'))],
  ])('is reported and mended when it is %s', async (_, damage) => {
    await backend.replace('format.json', damage(whole));
    expect(await codes()).toEqual(['format-damaged']);
    await expect(openFormat(backend)).rejects.toMatchObject({ code: 'vault-unreadable' });
    expect(await repairFormat(backend)).toMatch(/anew/);
    expect(await codes()).toEqual([]);
    expect(await readFormat(backend)).toEqual(await openFormat(backend));
  });

  it('is reported and mended when it is missing, and made by nobody else', async () => {
    await backend.delete(['format.json']);
    expect(await codes()).toEqual(['format-missing']);
    await expect(openFormat(backend)).rejects.toMatchObject({ code: 'vault-unreadable' });
    await repairFormat(backend);
    // With the settings as they were. Which vault it is nobody knows any more: it is another one, for its replica.
    const { id, ...settings } = (await readFormat(backend))!;
    expect(JSON.parse(whole.toString())).toMatchObject(settings);
    expect(whole.toString()).not.toContain(id);
  });

  it('is one and the same for two who open an empty place at once, whatever the first has stored since', async () => {
    await backend.delete(['format.json', 'projects/something/else']);
    const list = async function* (prefix: string) {
      // Between the other's look for a format file and its look around.
      await openFormat(backend);
      await backend.put('projects/something/else', sourceOf(Buffer.from('x')));
      yield* backend.list(prefix);
    };
    const late = Object.assign(Object.create(backend) as LocalBackend, { list });
    expect(await openFormat(late)).toEqual(await readFormat(backend));
  });

  it('never passes with another meaning, whichever bit is flipped', async () => {
    await backend.replace('format.json', whole);
    const meant = await openFormat(backend);
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
      const read = await readFormat({ ...reading, read: async () => bytes }).catch((error: unknown) => error);
      // White space may be another; what it says may not.
      expect(read instanceof Error ? meant : read).toEqual(meant);
    }
  });

  it('of a newer version is refused, and not repaired away', async () => {
    await backend.replace('format.json', Buffer.from('{"format":"snapback-vault/3","more":true}'));
    await expect(openFormat(backend)).rejects.toMatchObject({ code: 'vault-too-new' });
    await expect(codes()).rejects.toMatchObject({ code: 'vault-too-new' });
    await expect(repairFormat(backend)).rejects.toMatchObject({ code: 'vault-too-new' });
  });

  it('duplicated under another name is a stray', async () => {
    await backend.put('format.json.bak', sourceOf(whole));
    await backend.put('zzz', sourceOf(whole));
    expect(await codes()).toEqual(['stray-object', 'stray-object']);
  });

  it.each([
    'b2a7e7a0-5b0f-4d6c-9d6e-2f6f0c1d9a11/objects/ab/ab00000000000000000000000000000000000000000000000000000000000000',
    'b2a7e7a0-5b0f-4d6c-9d6e-2f6f0c1d9a11/manifests/5c0f7f0e-3a80-4f9b-9d43-2a8b0d3c6e01.jsonl.zst',
  ])('is not made where a vault of the first version lies (%s)', async (key) => {
    await backend.delete(['format.json', 'projects/something/else']);
    await backend.put(key, sourceOf(Buffer.from('x')));
    await expect(openFormat(backend)).rejects.toMatchObject({
      code: 'vault-too-old',
      message: /Give the vault an empty place/,
    });
    await expect(repairFormat(backend)).rejects.toMatchObject({ code: 'vault-too-old' });
  });
});

/** Enough of a backend to read one object. */
const reading = {
  put: async () => undefined,
  replace: async () => undefined,
  stat: async () => null,
  delete: async () => [],
  locks: null,
  removeUnfinished: async () => 0,
  openFile: async () => null,
  stream: async function* () {},
  list: async function* () {},
};
