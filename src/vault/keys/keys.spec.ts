import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MasterKey } from './master-key.js';
import {
  createProjectKey,
  formatProjectKeyFile,
  openProjectKey,
  parseProjectKeyFile,
  rotateMasterKey,
} from './project-key-file.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const newMaster = (): MasterKey => MasterKey.fromBase64(randomBytes(32).toString('base64'));
const code = (code: string) => expect.objectContaining({ code });

describe('a master key', () => {
  it('is read from text or a file, and named by an id that is always the same', async () => {
    const text = Buffer.alloc(32, 7).toString('base64');
    const directory = await mkdtemp(join(tmpdir(), 'snapback-keys-'));
    try {
      await writeFile(join(directory, 'key'), `${text}\n`);
      const key = await MasterKey.fromFile(join(directory, 'key'));
      expect(key.id).toBe(MasterKey.fromBase64(text).id);
      expect(key.id).toMatch(/^[0-9a-f]{16}$/);
      await expect(MasterKey.fromFile(join(directory, 'none'))).rejects.toThrow(code('master-key-invalid'));
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it.each(['', 'short', randomBytes(31).toString('base64'), randomBytes(33).toString('base64'), `${'*'.repeat(43)}=`])(
    'is refused when it is not 32 bytes in base64, without being repeated: %j',
    (text) => {
      expect(() => MasterKey.fromBase64(text)).toThrow(code('master-key-invalid'));
      const repeats = text || 'nothing to repeat';
      expect(() => MasterKey.fromBase64(text)).not.toThrow(repeats);
    },
  );

  it('shows its bytes, and those of a data key, in no log', () => {
    const text = randomBytes(32).toString('base64');
    const master = MasterKey.fromBase64(text);
    const { key } = createProjectKey(master, 'p1', NOW);
    for (const secret of [master, key]) {
      const shown = inspect(secret, { showHidden: true, depth: 9 }) + JSON.stringify(secret);
      expect(shown).not.toContain(text);
      expect(shown).not.toContain(secret.bytes.toString('hex').slice(0, 8));
      expect(shown).not.toContain('Buffer');
    }
  });
});

describe('a project key file', () => {
  it('gives the data key back under the master key, and survives being written', () => {
    const master = newMaster();
    const { file, key } = createProjectKey(master, 'p1', NOW);
    const again = parseProjectKeyFile(formatProjectKeyFile(file), 'p1');
    expect(again).toEqual(file);
    expect(openProjectKey(master, again).bytes.equals(key.bytes)).toBe(true);
    expect(file.created).toBe('2026-01-02T03:04:05.000Z');
  });

  it('says which master key is missing and which was given', () => {
    const [master, other] = [newMaster(), newMaster()];
    const { file } = createProjectKey(master, 'p1', NOW);
    expect(() => openProjectKey(other, file)).toThrow(code('wrong-master-key'));
    expect(() => openProjectKey(other, file)).toThrow(new RegExp(`${master.id}.*${other.id}`));
  });

  it('is rewrapped under a new master key with the same data key, after which the old one is useless', () => {
    const [old, next] = [newMaster(), newMaster()];
    const { file, key } = createProjectKey(old, 'p1', NOW);
    const rotated = rotateMasterKey(old, next, file, new Date('2027-01-01T00:00:00Z'));
    expect(openProjectKey(next, rotated).id).toBe(key.id);
    expect(rotated.created).toBe(file.created);
    expect(() => openProjectKey(old, rotated)).toThrow(code('wrong-master-key'));
    expect(() => rotateMasterKey(next, old, file, NOW)).toThrow(code('wrong-master-key'));
  });

  it('opens for no other project and with no bit changed', () => {
    const master = newMaster();
    const { file } = createProjectKey(master, 'p1', NOW);
    expect(() => parseProjectKeyFile(formatProjectKeyFile(file), 'p2')).toThrow(code('key-file-damaged'));
    expect(() => openProjectKey(master, { ...file, project: 'p2' })).toThrow(code('key-file-damaged'));
    const wrapped = Buffer.from(file.wrapped, 'base64');
    for (let bit = 0; bit < wrapped.length * 8; bit++) {
      const flipped = Buffer.from(wrapped);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const damaged = { ...file, wrapped: flipped.toString('base64') };
      expect(() => openProjectKey(master, damaged)).toThrow(code('key-file-damaged'));
    }
    for (let length = 0; length < file.wrapped.length; length++) {
      const cut = { ...file, wrapped: file.wrapped.slice(0, length) };
      expect(() => openProjectKey(master, cut)).toThrow(code('key-file-damaged'));
    }
  });

  it.each(['', 'null', '[]', '{}', '{"format":"snapback-project-key/1"}', '{"format":"other"}'])(
    'is refused when it is something else: %j',
    (text) => {
      expect(() => parseProjectKeyFile(text, 'p1')).toThrow(code('key-file-damaged'));
    },
  );
});
