import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliverHere } from '../../../src/vault/reading/content-taker.js';
import type { ContentSource } from '../../../src/engine/filestore/staging/content-source.js';
import { encodePath } from '../../../src/engine/filestore/paths/encoded-path.js';
import { exchangeDirectories } from '../../../src/engine/filestore/swap/exchange.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../../../src/engine/filestore/staging/tree-builder.js';
import type { ProgressUpdate } from '../../../src/engine/progress.js';
import type { EncodedPath } from '../../../src/vault/manifests/manifest.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { usually } from '../../harness/thorough.js';
import { SmallDisk } from '../../harness/small-disk.js';
import { asNobody, contentsFrom, knownOf, Scratch, silent } from './filestore-scratch.js';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const MIB = 1024 * 1024;

describe('stageFilestore', () => {
  let scratch: Scratch;
  let target: string;
  const contents = new Map<string, Buffer>();

  beforeEach(async () => {
    scratch = await Scratch.create();
    target = scratch.staged('live');
    contents.clear();
  });
  afterEach(() => scratch.remove());

  const common = { ...owner, mtimeNs: '1700000000123456789' };
  const directory = (path: string, mode = 0o755): StagedEntry => {
    return { kind: 'directory', path: `utf8:${path}`, mode, ...common };
  };
  const link = (path: string, to: string): StagedEntry => {
    return { kind: 'symlink', path: `utf8:${path}`, mode: 0o777, target: `utf8:${to}`, ...common };
  };
  const file = (path: string, content: Buffer | string = path, mode = 0o644): StagedEntry => {
    return fileAt(`utf8:${path}`, content, mode);
  };
  const fileAt = (path: EncodedPath, content: Buffer | string = path, mode = 0o644): StagedEntry => {
    const bytes = Buffer.from(content);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    contents.set(sha256, bytes);
    return { kind: 'file', path, mode, ...common, content: { bytes: bytes.length, sha256, chunks: [] } };
  };

  async function* given(entries: Iterable<StagedEntry>): AsyncIterable<StagedEntry> {
    yield* entries;
  }

  async function* read(content: ContentRef): AsyncIterable<Buffer> {
    const bytes = contents.get(content.sha256)!;
    for (let at = 0; at < bytes.length; at += MIB) yield bytes.subarray(at, at + MIB);
  }

  const stage = (...entries: StagedEntry[]) => {
    return stageFilestore({ directory: target, entries: given(entries), contents: contentsFrom(read) }, silent);
  };

  it('builds files, directories and links with modes and times to the nanosecond', async () => {
    const result = await stage(
      directory('', 0o2750),
      directory('closed', 0o500),
      file('closed/file', 'hello', 0o4711),
      link('closed/link', '/nowhere\n'),
      file('none', '', 0o000),
      directory('sticky', 0o1777),
    );
    expect(result).toMatchObject({ files: 2, bytes: 5 });
    expect(await readFile(`${target}/closed/file`, 'utf8')).toBe('hello');
    expect(await readlink(`${target}/closed/link`)).toBe('/nowhere\n');
    const modes: Record<string, number> = {};
    for (const name of ['.', 'closed', 'closed/file', 'closed/link', 'none', 'sticky']) {
      const stats = await lstat(`${target}/${name}`, { bigint: true });
      expect([name, stats.mtimeNs]).toEqual([name, 1_700_000_000_123_456_789n]);
      if (!stats.isSymbolicLink()) modes[name] = Number(stats.mode) & 0o7777;
    }
    expect(modes).toEqual({ '.': 0o2750, closed: 0o500, 'closed/file': 0o4711, none: 0, sticky: 0o1777 });
  });

  it.each(['-1', '-1000000001', '0', '1', '4294967296999999999'])('sets the time %s exactly', async (mtimeNs) => {
    await stage({ ...file('file'), mtimeNs });
    expect((await lstat(`${target}/file`, { bigint: true })).mtimeNs).toBe(BigInt(mtimeNs));
  });

  it.runIf(owner.uid === 0)('gives files, directories and links back to their owners, as root', async () => {
    const foreign = { uid: 12_345, gid: 54_321 };
    await stage(
      directory(''),
      { ...directory('d'), ...foreign },
      { ...file('d/f', 'x', 0o4755), ...foreign },
      { ...link('l', 'd'), ...foreign },
    );
    for (const name of ['d', 'd/f', 'l']) expect(await lstat(`${target}/${name}`)).toMatchObject(foreign);
    // chown takes the set-user-id bit off; it has to be back.
    expect((await lstat(`${target}/d/f`)).mode & 0o7777).toBe(0o4755);
  });

  it('keeps everything its own when it is not root, but gives no foreign program its rights', async () => {
    await scratch.directory('open');
    await chmod(scratch.path('open'), 0o777);
    target = scratch.staged('open/live');
    const foreign = { ...file('d/f', 'x', 0o6755), uid: 12_345, gid: 12_345 };
    // Whoever is not root cannot reach the inner directory any more once the outer one has its mode.
    await asNobody(() => stage(directory('', 0o000), directory('d', 0o000), foreign));
    const top = await lstat(target);
    expect(top.mode & 0o7777).toBe(0);
    await chmod(target, 0o700);
    await chmod(`${target}/d`, 0o700);
    expect(await lstat(`${target}/d/f`)).toMatchObject({ mode: 0o100755, uid: top.uid });
  });

  it('leaves holes where there are only zeros', async () => {
    const sparse = Buffer.alloc(8 * MIB);
    sparse.write('in the middle', 4 * MIB + 5);
    await stage(
      file('sparse', sparse),
      file('zeros', Buffer.alloc(3 * MIB + 1)),
      file('end', Buffer.concat([Buffer.alloc(MIB), Buffer.of(1)])),
    );
    expect((await readFile(`${target}/sparse`)).equals(sparse)).toBe(true);
    expect((await readFile(`${target}/zeros`)).equals(Buffer.alloc(3 * MIB + 1))).toBe(true);
    expect((await stat(`${target}/sparse`)).blocks * 512).toBeLessThan(MIB);
    expect((await stat(`${target}/zeros`)).blocks).toBe(0);
    expect((await stat(`${target}/end`)).size).toBe(MIB + 1);
  });

  it('takes a path that is only just short enough for the live directory, whose name is shorter', async () => {
    target = scratch.staged('s'.repeat(200));
    const live = scratch.path('l');
    const parts: string[] = [];
    const entries: StagedEntry[] = [];
    while (`${live}/${parts.join('/')}`.length < 4095 - 210) {
      parts.push('d'.repeat(200));
      entries.push(directory(parts.join('/')));
    }
    const name = 'f'.repeat(4095 - `${live}/${parts.join('/')}/`.length);
    await stage(...entries, file(`${parts.join('/')}/${name}`, 'deep'));
    await mkdir(live);
    await exchangeDirectories(live, target, await knownOf(live, target));
    expect(await readFile(`${live}/${parts.join('/')}/${name}`, 'utf8')).toBe('deep');
  });

  it('takes names that are not text', async () => {
    await stage(fileAt(encodePath(Buffer.from('\xff\n', 'latin1')), 'x'), {
      ...link('link', ''),
      target: encodePath(Buffer.of(0xfe)),
    } as StagedEntry);
    expect(await readdir(target, { encoding: 'buffer' })).toContainEqual(Buffer.from('\xff\n', 'latin1'));
    expect(await readlink(`${target}/link`, { encoding: 'buffer' })).toEqual(Buffer.of(0xfe));
  });

  it('does not touch what is there already', async () => {
    await mkdir(dirname(target), { mode: 0o700 });
    await writeFile(`${dirname(target)}/precious`, 'precious');
    await expect(stage(directory(''))).rejects.toMatchObject({ code: 'filestore-tampered' });
    expect(await readdir(dirname(target))).toEqual(['precious']);
  });

  describe('refuses, and leaves nothing behind,', () => {
    const outside = () => scratch.path('outside');

    const cases: [string, (target: string) => StagedEntry[]][] = [
      ['a path that climbs out', () => [file('../outside')]],
      ['a path that climbs out further down', () => [directory('a'), file('a/../../outside')]],
      ['an absolute path', () => [fileAt(`utf8:${outside()}`)]],
      ['a path through a link made before', () => [link('a', '..'), file('a/outside')]],
      ['a directory through a link made before', () => [link('a', '..'), directory('a/outside')]],
      ['a link through a link made before', () => [link('a', '..'), link('a/outside', 'x')]],
      ['a path through a link deeper down', () => [directory('d'), link('d/a', '../..'), file('d/a/outside')]],
      ['a file in place of a link made before', () => [link('a', '../outside'), file('a')]],
      ['a directory in place of a link made before', () => [link('a', '..'), directory('a'), file('a/outside')]],
      ['a path through a file', () => [file('a'), file('a/b')]],
      ['the same file twice', () => [file('a'), file('a')]],
      ['the same directory twice', () => [directory('a'), directory('a')]],
      ['a file in a directory that was not named', () => [file('a/b')]],
      ['a link in place of the root', () => [link('', '/tmp')]],
      ['a file in place of the root', () => [file('')]],
      ['a link to nothing', () => [link('a', '')]],
      ['a link with a NUL byte', () => [link('a', 'x\0y')]],
    ];

    it.each(cases)('%s', async (_, entries) => {
      await expect(stage(...entries(target))).rejects.toMatchObject({ code: 'snapshot-damaged' });
      expect(await readdir(scratch.root)).toEqual([]);
    });

    it('content that is shorter or longer than the manifest says', async () => {
      for (const bytes of [4, 6]) {
        const entry = file('a', 'hello') as Extract<StagedEntry, { kind: 'file' }>;
        const wrong = { ...entry, content: { ...entry.content, bytes } };
        await expect(stage(wrong)).rejects.toMatchObject({ code: 'snapshot-damaged' });
      }
      expect(await readdir(scratch.root)).toEqual([]);
    });

    it('what the vault cannot give, while others are being written', async () => {
      const failure = new Error('a chunk is damaged');
      async function* failing(content: ContentRef): AsyncIterable<Buffer> {
        yield* read(content);
        if (content.bytes === 3) throw failure;
      }
      const entries = given([file('a', Buffer.alloc(20 * MIB, 1)), file('b', 'bad'), file('c', 'fine')]);
      await expect(
        stageFilestore({ directory: target, entries, contents: contentsFrom(failing) }, silent),
      ).rejects.toBe(failure);
      expect(await readdir(scratch.root)).toEqual([]);
    });

    it('a manifest that breaks off', async () => {
      const failure = new Error('the manifest is cut off');
      async function* broken(): AsyncIterable<StagedEntry> {
        yield directory('', 0o500);
        yield file('a');
        throw failure;
      }
      await expect(
        stageFilestore({ directory: target, entries: broken(), contents: contentsFrom(read) }, silent),
      ).rejects.toBe(failure);
      expect(await readdir(scratch.root)).toEqual([]);
    });

    it('to go on when it is aborted, and gives the reason', async () => {
      const stop = new AbortController();
      const reason = new Error('enough');
      async function* slow(): AsyncIterable<Buffer> {
        for (let n = 0; n < 1_000; n += 1) {
          if (n === 5) stop.abort(reason);
          yield Buffer.alloc(1_000, 1);
        }
      }
      const entries = given([file('a', Buffer.alloc(1_000_000, 1))]);
      const request = { directory: target, entries, contents: contentsFrom(slow) };
      const staging = stageFilestore(request, { ...silent, signal: stop.signal });
      await expect(staging).rejects.toBe(reason);
      expect(await readdir(scratch.root)).toEqual([]);
    });
  });

  it('says that the disk is full, and leaves nothing on it', async (context) => {
    const disk = await scratch.directory('disk');
    const mounted = await SmallDisk.mount(disk, 1);
    if (mounted === undefined) return context.skip();
    try {
      target = scratch.staged('disk/live');
      const staging = stage(file('a', 'small'), file('b', Buffer.alloc(3 * MIB, 1)), file('c', 'small'));
      await expect(staging).rejects.toMatchObject({ code: 'disk-full' });
      expect(await readdir(disk)).toEqual([]);
    } finally {
      await mounted.unmount();
    }
  });

  it('holds a bounded number of files in memory, however many there are, and reports what is done', async () => {
    const many = usually(2_000, 5_000);
    const bytes = 20_000;
    let held = 0;
    let most = 0;
    const readAll: ContentSource['readAll'] = async (refs) => {
      most = Math.max(most, (held += refs.length * bytes));
      await setTimeout(5);
      held -= refs.length * bytes;
      return refs.map(() => Buffer.alloc(bytes, 1));
    };
    const deliver: ContentSource['deliver'] = (refs, taker, what) => deliverHere(readAll, refs, taker, what);
    const contents: ContentSource = { read, readAll, deliver };
    const updates: ProgressUpdate[] = [];
    const one = file('one', Buffer.alloc(bytes, 1));
    const entries = given(Array.from({ length: many }, (_, n) => ({ ...one, path: `utf8:f${n}` as EncodedPath })));
    const progress = { report: (update: ProgressUpdate) => void updates.push({ ...update }) };
    const result = await stageFilestore({ directory: target, entries, contents }, { ...silent, progress });
    expect(result).toMatchObject({ files: many, bytes: many * bytes });
    expect(most).toBeGreaterThan(2 * MIB);
    expect(most).toBeLessThanOrEqual(24 * MIB);
    expect(updates.at(-1)).toEqual({ phase: 'stage-filestore', filesDone: many, bytesDone: result.bytes });
    expect((await readdir(target)).length).toBe(many);
  });

  it('names the file among many that cannot be made, and leaves nothing', async () => {
    const many = Array.from({ length: 300 }, (_, n) => file(`f${n}`, `content ${n}`));
    const twice = stage(...many, file('f299', 'once more'));
    await expect(twice).rejects.toMatchObject({ code: 'snapshot-damaged', message: expect.stringContaining('"f299"') });
    expect(await readdir(scratch.root)).toEqual([]);
    const g = file('g', 'hello') as Extract<StagedEntry, { kind: 'file' }>;
    const longer = { ...g, content: { ...g.content, bytes: 6 } };
    await expect(stage(...many, longer)).rejects.toMatchObject({ message: expect.stringContaining('"g" has 5 bytes') });
    expect(await readdir(scratch.root)).toEqual([]);
  });

  it('does not follow a link that somebody put in its place', async () => {
    await scratch.directory('elsewhere');
    await symlink('elsewhere', dirname(target));
    await expect(stage(file('a'))).rejects.toMatchObject({ code: 'filestore-tampered' });
    expect(await readdir(scratch.path('elsewhere'))).toEqual([]);
  });
});
