import { randomBytes, randomUUID } from 'node:crypto';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  link,
  lchown,
  lutimes,
  mkdir,
  open,
  readdir,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture, type CaptureRequest } from '../../../src/engine/capture/capture.js';
import { EngineError } from '../../../src/engine/engine-error.js';
import { contentsOf } from '../../../src/engine/filestore/staging/content-source.js';
import { CLOCK_TICK_MS } from '../../../src/engine/filestore/reading/file-state.js';
import { stageFilestore } from '../../../src/engine/filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../../../src/engine/filestore/staging/tree-builder.js';
import { removeTree } from '../../harness/remove-tree.js';
import type { ProgressUpdate } from '../../../src/engine/progress.js';
import type { PackVault } from '../../../src/vault/pack-vault.js';
import type { ManifestEntry } from '../../../src/vault/manifests/manifest.js';
import { VaultError } from '../../../src/vault/vault-error.js';
import { describeTree } from '../../harness/compare-trees.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { openWith, vaultWith } from './changed-writer.js';
import { asNobody, collect, Scratch, silent } from './filestore-scratch.js';
import { usually } from '../../harness/thorough.js';

const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;
const PROJECT = randomUUID();
const run = promisify(execFile);

/** Creates, changes, renames, exchanges and removes files, directories and links, as fast as it can. */
const CHURN = `
  const fs = require('node:fs');
  const [root, outside] = process.argv.slice(1);
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  const path = () => root + '/' + any(['a', 'b', 'c']) + any(['', '/x', '/y', '/x/z']);
  const acts = [
    () => fs.mkdirSync(path(), { recursive: true }),
    () => fs.mkdirSync(path(), { recursive: true }),
    () => fs.writeFileSync(path(), 'x'.repeat(Math.random() * 5000)),
    () => fs.writeFileSync(path(), 'x'.repeat(Math.random() * 5000)),
    () => fs.appendFileSync(path(), 'y'),
    () => fs.renameSync(path(), path()),
    () => fs.symlinkSync(any([outside, '..', 'x']), path()),
    () => fs.unlinkSync(path()),
    () => fs.rmSync(path(), { recursive: true }),
  ];
  for (;;) { try { any(acts)(); } catch {} }
`;

describe('capture of a filestore', () => {
  let scratch: Scratch;
  let place: VaultFixture;
  let vault: PackVault;
  let root: string;

  beforeEach(async () => {
    scratch = await Scratch.create();
    place = await makeVault();
    vault = place.vault;
    root = await scratch.directory('store');
  });
  afterEach(async () => {
    await place.remove();
    await scratch.remove();
  });

  const request = (changes: Partial<CaptureRequest> = {}): CaptureRequest => {
    return { project: PROJECT, snapshotId: randomUUID(), filestore: root, ...changes };
  };
  const entries = (snapshotId: string): Promise<ManifestEntry[]> => collect(vault.readEntries(PROJECT, snapshotId));

  async function* staged(snapshotId: string): AsyncIterable<StagedEntry> {
    for await (const entry of vault.readEntries(PROJECT, snapshotId)) {
      if (entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink') yield entry;
    }
  }

  async function restore(snapshotId: string): Promise<string> {
    const directory = scratch.staged(`restored-${snapshotId}`);
    await stageFilestore({ directory, entries: staged(snapshotId), contents: contentsOf(vault, PROJECT) }, silent);
    return directory;
  }

  /** The filestore in words, and what is restored from a snapshot of it. */
  async function roundTrip(): Promise<{ original: string[]; restored: string[] }> {
    const asked = request();
    await capture(asked, vault, silent);
    const directory = await restore(asked.snapshotId);
    const trees = { original: await describeTree(root), restored: await describeTree(directory) };
    await removeTree(directory);
    return trees;
  }

  it('brings back every unusual thing a filestore can hold', async () => {
    for (const name of [
      'new\nline',
      '\xff\xfe not text',
      ' ',
      '-rf',
      '"\'`$(x)',
      '\\',
      'ü',
      'x'.repeat(255),
      '\xff'.repeat(255),
    ]) {
      await writeFile(scratch.bytes('store', name), name);
      await mkdir(scratch.bytes('store', `${name.slice(0, 253)}.d`));
    }
    await scratch.directory('store/empty/er/est');
    await scratch.file('store/zero', '');
    await scratch.file('store/large', Buffer.alloc(9 * 1024 * 1024 + 1, 'more than two chunks '));
    const sparse = await open(`${root}/sparse`, 'w');
    await sparse.truncate(50 * 1024 * 1024);
    await sparse.write('in the middle', 30 * 1024 * 1024);
    await sparse.close();
    await symlink('nowhere', `${root}/dangling`);
    await symlink('/etc/passwd', `${root}/absolute`);
    await symlink('..', `${root}/parent`);
    await symlink('.', `${root}/itself`);
    await symlink(Buffer.from('\xff\n', 'latin1'), `${root}/odd-target`);
    await symlink('y'.repeat(4000), `${root}/long-target`);
    await lutimes(`${root}/dangling`, 1, 2);
    for (const [name, mode] of [
      ['setuid', 0o4755],
      ['setgid', 0o2755],
      ['unreadable', 0o000],
      ['all', 0o7777],
    ] as const) {
      await scratch.file(`store/${name}`);
      await chmod(`${root}/${name}`, mode);
    }
    await scratch.file('store/sticky/read-only/file');
    await chmod(`${root}/sticky/read-only`, 0o555);
    await chmod(`${root}/sticky`, 0o1777);
    if (isRoot) {
      await lchown(`${root}/setuid`, 12_345, 54_321);
      await chmod(`${root}/setuid`, 0o4755);
      await lchown(`${root}/dangling`, 12_345, 54_321);
      await lchown(`${root}/empty`, 12_345, 54_321);
    }
    await utimes(`${root}/zero`, -1_000_000_000.5, -1_000_000_000.5);
    await run('touch', ['-d', '2001-02-03T04:05:06.123456789Z', `${root}/large`, `${root}/empty/er`, root]);
    await chmod(root, 0o2751);
    await run('touch', ['-d', '2038-01-19T03:14:08.000000001Z', root]);
    const { original, restored } = await roundTrip();
    expect(restored).toEqual(original);
  });

  it('brings back a deep tree', async () => {
    await scratch.file(`store/${`${'d'.repeat(30)}/`.repeat(110)}file`, 'at the bottom');
    const { original, restored } = await roundTrip();
    expect(restored).toEqual(original);
  });

  it('brings back an empty directory, and counts nothing', async () => {
    const asked = request();
    const result = await capture(asked, vault, silent);
    expect(result).toMatchObject({ databaseBytes: null, filestoreBytes: 0, fileCount: 0, warnings: [] });
    expect(result.serverVersion).toBeUndefined();
    expect((await entries(asked.snapshotId)).map((entry) => entry.kind)).toEqual(['directory']);
  });

  it('brings back any tree at all', { timeout: 180_000 }, async () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x5f : byte))))
      .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')))
      .map((bytes) => bytes.toString('latin1'));
    const mtime = fc.integer({ min: -2_000_000_000, max: 4_000_000_000 });
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.integer({ min: 0, max: 300_000 }).map((length) => Buffer.alloc(length)),
      fc.integer({ min: 4_194_300, max: 4_194_310 }).map((length) => Buffer.alloc(length, 'chunk')),
    );
    type Tree = { mode: number; mtime: number; nodes: [string, Node][] };
    type Node = { mode: number; mtime: number; file: Buffer } | { mtime: number; target: string } | Tree;
    const mode = fc.integer({ min: 0, max: 0o7777 });
    const tree = fc.letrec<{ tree: Tree; node: Node }>((tie) => ({
      tree: fc.record({ mode, mtime, nodes: fc.array(fc.tuple(name, tie('node')), { maxLength: 6 }) }),
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        { weight: 3, arbitrary: fc.record({ mode, mtime, file: content }) },
        { weight: 1, arbitrary: fc.record({ mtime, target: name }) },
        { weight: 3, arbitrary: tie('tree') },
      ),
    })).tree;

    const build = async (path: Buffer, node: Node): Promise<void> => {
      if ('target' in node) {
        await symlink(Buffer.from(node.target, 'latin1'), path);
        return lutimes(path, node.mtime, node.mtime);
      }
      if ('file' in node) await writeFile(path, node.file);
      else {
        await mkdir(path);
        const unique = new Map(node.nodes);
        for (const [name, child] of unique)
          await build(Buffer.concat([path, Buffer.from(`/${name}`, 'latin1')]), child);
      }
      // Whoever is not root can only capture what it may read.
      await chmod(path, isRoot ? node.mode : node.mode | 0o700);
      await utimes(path, node.mtime, node.mtime);
    };

    await fc.assert(
      fc.asyncProperty(tree, async (model) => {
        await removeTree(root);
        await build(Buffer.from(root), model);
        const { original, restored } = await roundTrip();
        expect(restored).toEqual(original);
      }),
      { numRuns: usually(3, 25) },
    );
  });

  it('counts files and bytes, and stores the same content once', async () => {
    const content = Buffer.alloc(1_000_000, 'the same again ');
    for (const name of ['a/1', 'a/2', 'b']) await scratch.file(`store/${name}`, content);
    const result = await capture(request(), vault, silent);
    expect(result).toMatchObject({ fileCount: 3, filestoreBytes: 3_000_000 });
    expect(result.storedBytes).toBeLessThan(1_000_000);
    expect(result.storedBytes).toBeGreaterThan(0);
  });

  it('leaves out sockets and fifos with a warning each, in the result and in the manifest', async () => {
    await scratch.fifo('store/pipe\u001b');
    await scratch.socket('store/socket');
    await scratch.file('store/file');
    const asked = request();
    const result = await capture(asked, vault, silent);
    expect(result).toMatchObject({ fileCount: 1, warningCount: 2 });
    expect(result.warnings.map((warning) => warning.code)).toEqual(['special-file-skipped', 'special-file-skipped']);
    expect(result.warnings.map((warning) => warning.message).join(' ')).toContain('"pipe\\x1b" is a fifo');
    const inManifest = (await entries(asked.snapshotId)).filter((entry) => entry.kind === 'warning');
    expect(inManifest).toEqual(result.warnings.map((warning) => ({ kind: 'warning', ...warning })));
  });

  it('shows a hundred warnings of many, and keeps them all', async () => {
    for (let n = 0; n < 120; n += 40) {
      await run(
        'mkfifo',
        Array.from({ length: 40 }, (_, i) => scratch.path(`store/${n + i}`)),
      );
    }
    const asked = request();
    const result = await capture(asked, vault, silent);
    expect([result.warnings.length, result.warningCount]).toEqual([100, 120]);
    expect((await entries(asked.snapshotId)).filter((entry) => entry.kind === 'warning')).toHaveLength(120);
  });

  it('warns that hard links become files of their own', async () => {
    await scratch.file('store/a');
    await link(`${root}/a`, `${root}/b`);
    const result = await capture(request(), vault, silent);
    expect(result.fileCount).toBe(2);
    expect(result.warnings).toEqual([{ code: 'hard-links-not-kept', message: expect.stringContaining(': 2.') }]);
  });

  it('keeps a file that never rests, with a warning that names it', async () => {
    const file = await scratch.file('store/log\n', 'x');
    const busy = vaultWith(vault, (writer) => ({
      open: openWith(writer, async (ask) => {
        await writeFile(file, 'y');
        return ask();
      }),
      store: async (source) => {
        const content = await writer.store(source);
        await writeFile(file, 'y');
        return content;
      },
    }));
    const result = await capture(request(), busy, silent);
    expect(result.fileCount).toBe(1);
    expect(result.warnings).toEqual([
      { code: 'file-changed-while-read', message: expect.stringContaining('"log\\x0a"') },
    ]);
  });

  it('leaves out a file that vanishes between scan and read, without a word', async () => {
    for (const name of ['first', 'second']) await scratch.file(`store/${name}`);
    const slow = vaultWith(vault, (writer) => ({
      open: openWith(writer, async (ask) => {
        for (const name of await readdir(root)) await removeTree(`${root}/${name}`);
        return ask();
      }),
    }));
    const asked = request();
    const result = await capture(asked, slow, silent);
    expect(result).toMatchObject({ fileCount: 0, warningCount: 0 });
    expect((await entries(asked.snapshotId)).map((entry) => entry.kind)).toEqual(['directory']);
  });

  it('captures what a file has become when it is its turn', async () => {
    const file = await scratch.file('store/thing', 'a file');
    let stored = 0;
    const changing = vaultWith(vault, (writer) => ({
      open: openWith(writer, async (ask) => {
        await writeFile(file, 'another file');
        return ask();
      }),
      store: async (source) => {
        const content = await writer.store(source);
        if ((stored += 1) > 1) return content;
        await removeTree(file);
        await scratch.file('store/thing/inside', 'a directory now');
        await symlink('inside', `${root}/thing/link`);
        return content;
      },
    }));
    const asked = request();
    expect(await capture(asked, changing, silent)).toMatchObject({ fileCount: 1, warningCount: 0 });
    const kinds = (await entries(asked.snapshotId)).map(
      (entry) => `${entry.kind} ${'path' in entry ? entry.path : ''}`,
    );
    expect(kinds.toSorted()).toEqual([
      'directory utf8:',
      'directory utf8:thing',
      'file utf8:thing/inside',
      'symlink utf8:thing/link',
    ]);
  });

  it('copes with an application that turns everything upside down meanwhile', { timeout: 60_000 }, async () => {
    await scratch.file('outside/x/secret', 'secret');
    const application = spawn(process.execPath, ['-e', CHURN, root, scratch.path('outside')], { stdio: 'inherit' });
    try {
      let good = 0;
      for (const end = performance.now() + usually(1_500, 4_000); performance.now() < end;) {
        const asked = request();
        // It may give up, by name, on what never rests; it may not break, nor keep what cannot be restored.
        const outcome: unknown = await capture(asked, vault, silent).catch((error: unknown) => error);
        if (outcome instanceof EngineError && outcome.code === 'filestore-unreadable') continue;
        expect(outcome).not.toBeInstanceOf(Error);
        const restored = await describeTree(await restore(asked.snapshotId));
        expect(restored.join('\n')).not.toContain('secret');
        good += 1;
      }
      expect(application.exitCode).toBeNull();
      expect(good).toBeGreaterThan(0);
    } finally {
      application.kill('SIGKILL');
      await once(application, 'exit');
    }
  });

  describe('fails, publishes nothing and leaves nothing behind,', () => {
    const expectNothing = async (snapshotId: string) => {
      await expect(place.vault.readHeader(PROJECT, snapshotId)).rejects.toMatchObject({ code: 'manifest-missing' });
      expect(await place.capturesUnderWay()).toBe(0);
    };

    it('naming a file that may not be read', async () => {
      for (let n = 0; n < 20; n += 1) await scratch.file(`store/d/${n}`);
      await chmod(`${root}/d/13`, 0o000);
      const asked = request();
      const failure = { code: 'filestore-unreadable', message: expect.stringContaining('"d/13"') };
      await place.remove();
      await asNobody(async () => {
        // One that nobody may write to.
        place = await makeVault();
        await expect(capture(asked, place.vault, silent)).rejects.toMatchObject(failure);
      });
      await expectNothing(asked.snapshotId);
    });

    it('naming a directory that may not be listed', async () => {
      await chmod(await scratch.directory('store/d/closed'), 0o000);
      const asked = request();
      const failure = { code: 'filestore-unreadable', message: expect.stringContaining('"d/closed"') };
      await place.remove();
      await asNobody(async () => {
        // One that nobody may write to.
        place = await makeVault();
        await expect(capture(asked, place.vault, silent)).rejects.toMatchObject(failure);
      });
      await expectNothing(asked.snapshotId);
    });

    it('when the directory is missing or a link', async () => {
      await symlink('store', scratch.path('link'));
      for (const filestore of [scratch.path('nothing'), scratch.path('link')]) {
        const asked = request({ filestore });
        await expect(capture(asked, vault, silent)).rejects.toMatchObject({ code: 'filestore-missing' });
        await expectNothing(asked.snapshotId);
      }
    });

    it('when the directory is moved away in the middle', async () => {
      await scratch.file('store/a/1');
      const moving = vaultWith(vault, (writer) => ({
        open: openWith(writer, async (ask) => {
          const answer = await ask();
          await rename(root, scratch.path('elsewhere'));
          return answer;
        }),
      }));
      const asked = request();
      await expect(capture(asked, moving, silent)).rejects.toMatchObject({ code: 'filestore-missing' });
      await expectNothing(asked.snapshotId);
    });

    it('with the reason it is aborted for', async () => {
      for (let n = 0; n < 50; n += 1) await scratch.file(`store/${n}`, Buffer.alloc(1_000_000, n));
      const stop = new AbortController();
      const reason = new Error('the deployment took too long');
      let questions = 0;
      const stopping = vaultWith(vault, (writer) => ({
        open: openWith(writer, (ask) => {
          if ((questions += 1) === 2) stop.abort(reason);
          return ask();
        }),
      }));
      const asked = request();
      await expect(capture(asked, stopping, { ...silent, signal: stop.signal })).rejects.toBe(reason);
      expect(questions).toBeLessThan(8);
      await expectNothing(asked.snapshotId);
    });

    it('with the reason it is aborted for, in the middle of a file', async () => {
      await scratch.file('store/large', randomBytes(100 * MIB));
      const stop = new AbortController();
      const reason = new Error('the deployment took too long');
      let read = 0;
      const stopping = vaultWith(vault, (writer) => ({
        open: (file, onRead) =>
          writer.open(file, (bytes) => {
            read += bytes;
            stop.abort(reason);
            onRead?.(bytes);
          }),
      }));
      await sleep(CLOCK_TICK_MS);
      const asked = request();
      await expect(capture(asked, stopping, { ...silent, signal: stop.signal })).rejects.toBe(reason);
      expect(read).toBeGreaterThan(0);
      expect(read).toBeLessThan(60 * MIB);
      await expectNothing(asked.snapshotId);
    });

    it('before it has begun when it is aborted already', async () => {
      const reason = new Error('too late');
      const asked = request();
      const captured = capture(asked, vault, { ...silent, signal: AbortSignal.abort(reason) });
      await expect(captured).rejects.toBe(reason);
      expect(await readdir(scratch.root)).toEqual(['store']);
    });

    it('with the words of the vault, and one code for every full disk', async () => {
      await scratch.file('store/a');
      const capturing = async (failure: Error, where: 'open' | 'ask') => {
        const asked = request();
        const failing = vaultWith(vault, (writer) => ({
          open: where === 'open' ? () => Promise.reject(failure) : openWith(writer, () => Promise.reject(failure)),
        }));
        const error: unknown = await capture(asked, failing, silent).catch((error: unknown) => error);
        await expectNothing(asked.snapshotId);
        return error;
      };
      const damaged = new VaultError('vault-unwritable', 'The vault cannot be written.');
      const cause = new VaultError('disk-full', 'The vault is full.');
      const full = { name: 'EngineError', code: 'disk-full', message: cause.message, cause };
      for (const where of ['open', 'ask'] as const) {
        expect(await capturing(damaged, where)).toBe(damaged);
        expect(await capturing(cause, where)).toMatchObject(full);
      }
    });
  });

  it('reports phases in order, and totals that are never less than what is done', async () => {
    for (let n = 0; n < 30; n += 1) await scratch.file(`store/${n}`, Buffer.alloc(1_000, n));
    const updates: ProgressUpdate[] = [];
    await capture(request(), vault, { ...silent, progress: { report: (update) => void updates.push(update) } });
    expect([...new Set(updates.map((update) => update.phase))]).toEqual(['prepare', 'filestore', 'publish']);
    for (const { bytesDone = 0, bytesTotal = bytesDone, filesDone = 0, filesTotal = filesDone } of updates) {
      expect(bytesTotal).toBeGreaterThanOrEqual(bytesDone);
      expect(filesTotal).toBeGreaterThanOrEqual(filesDone);
    }
    expect(updates.findLast((update) => update.phase === 'filestore')).toEqual({
      phase: 'filestore',
      bytesDone: 30_000,
      bytesTotal: 30_000,
      filesDone: 30,
      filesTotal: 30,
    });
  });

  it('refuses to capture nothing', async () => {
    const { filestore: _, ...nothing } = request();
    await expect(capture(nothing, vault, silent)).rejects.toThrow(TypeError);
  });
});
