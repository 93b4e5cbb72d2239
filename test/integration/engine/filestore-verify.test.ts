import { chmod, readFile, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { contentsOf } from '../../../src/engine/filestore/staging/content-source.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import { type FilestoreEntry, verifyFilestore } from '../../../src/engine/filestore/staging/verify-filestore.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { Scratch, silent } from './filestore-scratch.js';

describe('a restored filestore', () => {
  const [project, snapshotId] = [randomUUID(), randomUUID()];
  let scratch: Scratch;
  let place: VaultFixture;
  let restored: string;

  beforeAll(async () => {
    scratch = await Scratch.create();
    place = await makeVault();
    for (let n = 0; n < 40; n += 1) await scratch.file(`store/d${n % 3}/${n}`, Buffer.alloc(n * 1000, `${n} `));
    await scratch.file('store/large', Buffer.alloc(3_000_000, 'large '));
    await scratch.file('store/odd\nname', 'odd');
    await symlink('d1/1', scratch.path('store/link'));
    await capture({ project, snapshotId, filestore: scratch.path('store') }, place.vault, silent);
  });
  beforeEach(async () => {
    restored = scratch.staged(`restored-${randomUUID()}`);
    await stageFilestore(
      { directory: restored, entries: entries(), contents: contentsOf(place.vault, project) },
      silent,
    );
  });
  afterAll(async () => {
    await place.remove();
    await scratch.remove();
  });

  async function* entries(): AsyncGenerator<FilestoreEntry> {
    for await (const entry of place.vault.readEntries(project, snapshotId)) yield entry as FilestoreEntry;
  }

  const verify = () => verifyFilestore(restored, entries(), silent);

  it('is found to be what was captured', async () => {
    const bytes = 1000 * ((39 * 40) / 2) + 3_000_000 + 3;
    expect(await verify()).toEqual({ files: 42, bytes });
  });

  it.each([
    ['one bit of a file', 'd1/22', async (at: string) => writeFile(at, flipped(await readFile(at))), 'other bytes'],
    ['the end of a large file', 'large', (at: string) => writeFile(at, Buffer.alloc(2_999_999)), 'another size'],
    ['a file', 'odd\nname', (at: string) => unlink(at), /not there|time/],
    ['a mode', 'd1/1', (at: string) => chmod(at, 0o600), 'another mode'],
    ['a time', 'd2/2', (at: string) => utimes(at, 1, 1), 'another modification time'],
    ['a directory', 'd0', (at: string) => rm(at, { recursive: true }), /not there|time/],
    ['the kind of a file', 'd1/4', (at: string) => unlink(at).then(() => symlink('/etc/passwd', at)), /not there|time/],
    ['the target of a link', 'link', (at: string) => unlink(at).then(() => symlink('d1/4', at)), /elsewhere|time/],
  ])('is found to have lost %s', async (_, name, damage, how) => {
    await damage(`${restored}/${name}`);
    const message = expect.stringMatching(how);
    await expect(verify()).rejects.toMatchObject({ code: 'verification-failed', message });
  });
});

/** One bit of it is another one. */
function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length >> 1]! ^= 1;
  return bytes;
}
