import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rename, rmdir, symlink, utimes } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KnownDirectories } from '../../../src/engine/filestore/paths/directory-identity.js';
import { exchangeDirectories, probeExchange } from '../../../src/engine/filestore/swap/exchange.js';
import { asNobody, knownOf, Scratch } from './filestore-scratch.js';

/** Reads a file as fast as it can until its input ends, then tells what it saw: value → times. */
const READER = `
  const { readFileSync } = require('node:fs');
  const seen = {};
  let going = true;
  process.stdin.on('end', () => { going = false; }).resume();
  console.log('ready');
  const round = () => {
    for (let n = 0; n < 200; n += 1) {
      let value;
      try { value = readFileSync(process.argv[1], 'utf8'); } catch (error) { value = error.code; }
      seen[value] = (seen[value] ?? 0) + 1;
    }
    if (going) setImmediate(round); else console.log(JSON.stringify(seen));
  };
  round();
`;

describe('exchangeDirectories', () => {
  let scratch: Scratch;
  let reader: ChildProcess | undefined;
  let known: KnownDirectories;

  beforeEach(async () => {
    scratch = await Scratch.create();
    await scratch.file('live/state', 'old');
    await scratch.file('staged/state', 'new');
    const [live, staged] = [scratch.path('live'), scratch.path('staged')];
    known = await knownOf(live, staged);
  });
  afterEach(async () => {
    reader?.kill('SIGKILL');
    reader = undefined;
    await scratch.remove();
  });

  it('exchanges the directories, inodes and all', async () => {
    const before = [(await lstat(scratch.path('live'))).ino, (await lstat(scratch.path('staged'))).ino];
    await exchangeDirectories(scratch.path('live'), scratch.path('staged'), known);
    expect([(await lstat(scratch.path('staged'))).ino, (await lstat(scratch.path('live'))).ino]).toEqual(before);
    expect(await readFile(scratch.path('live/state'), 'utf8')).toBe('new');
    expect(await readFile(scratch.path('staged/state'), 'utf8')).toBe('old');
  });

  it('never lets a reader find nothing', async () => {
    reader = spawn(process.execPath, ['-e', READER, scratch.path('live/state')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const output: string[] = [];
    reader.stdout!.setEncoding('utf8').on('data', (text: string) => output.push(text));
    await once(reader.stdout!, 'data');
    for (let n = 0; n < 300; n += 1) await exchangeDirectories(scratch.path('live'), scratch.path('staged'), known);
    const ended = once(reader, 'exit');
    reader.stdin!.end();
    await ended;
    const seen = JSON.parse(output.join('').split('\n')[1]!) as Record<string, number>;
    expect(Object.keys(seen).toSorted()).toEqual(['new', 'old']);
  });

  it('says that a directory is missing, and changes nothing', async () => {
    const exchange = exchangeDirectories(scratch.path('live'), scratch.path('nothing'), known);
    await expect(exchange).rejects.toMatchObject({ code: 'filestore-missing' });
    expect(await readFile(scratch.path('live/state'), 'utf8')).toBe('old');
  });

  it.each(['live', 'staged'])(
    'exchanges nothing when somebody has put another directory in place of the %s one',
    async (name) => {
      await rename(scratch.path(name), scratch.path('aside'));
      await scratch.file(`${name}/state`, 'of somebody else');
      const exchange = exchangeDirectories(scratch.path('live'), scratch.path('staged'), known);
      await expect(exchange).rejects.toMatchObject({ code: 'filestore-tampered' });
      expect(await readFile(scratch.path(name, 'state'), 'utf8')).toBe('of somebody else');
    },
  );

  it.each(['live', 'staged'])('exchanges nothing when a link has taken the place of the %s one', async (name) => {
    await rename(scratch.path(name), scratch.path('aside'));
    await symlink('aside', scratch.path(name));
    const exchange = exchangeDirectories(scratch.path('live'), scratch.path('staged'), known);
    await expect(exchange).rejects.toMatchObject({ code: 'filestore-tampered' });
    expect((await lstat(scratch.path(name))).isSymbolicLink()).toBe(true);
  });

  it('says that another file system is out of reach', async () => {
    const elsewhere = await mkdtemp('/dev/shm/snapback-test-');
    try {
      const there = await knownOf(scratch.path('live'), elsewhere);
      const exchange = exchangeDirectories(scratch.path('live'), elsewhere, there);
      await expect(exchange).rejects.toMatchObject({ code: 'filestore-exchange-unsupported' });
    } finally {
      await rmdir(elsewhere);
    }
  });

  it('says that it may not write there', async () => {
    const exchange = () => exchangeDirectories(scratch.path('live'), scratch.path('staged'), known);
    await chmod(scratch.root, 0o555);
    await asNobody(() => expect(exchange()).rejects.toMatchObject({ code: 'filestore-unwritable' }));
    await chmod(scratch.root, 0o755);
    expect(await readFile(scratch.path('live/state'), 'utf8')).toBe('old');
  });
});

describe('probeExchange', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await Scratch.create();
  });
  afterEach(() => scratch.remove());

  it('passes where an exchange works, and leaves nothing behind', async () => {
    await probeExchange(scratch.root);
    expect(await readdir(scratch.root)).toEqual([]);
  });

  it('removes what probes have left that were killed an hour ago, empty as it is, and nothing else', async () => {
    const id = '2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02';
    const left = [`.probe.snapback-${id}/staged`, `.snapback-probe-${id}`, '.snapback-probe-clock-a1B2c3'];
    const others = [`.probe.snapback-${id.replace('2b', '3b')}`, `.shop.snapback-${id}/staged`, '.snapback-probe-mine'];
    for (const path of [...left, ...others]) {
      await mkdir(scratch.path(path.split('/')[0]!), { mode: 0o700 });
      await mkdir(scratch.path(path), { recursive: true });
    }
    const full = `.snapback-probe-${id.replace('2b', '4b')}`;
    await scratch.file(`${full}/something`, 'of somebody');
    const anHourAgo = Date.now() / 1000 - 3700;
    for (const path of [...left, others[1]!, others[2]!, full])
      await utimes(scratch.path(path.split('/')[0]!), anHourAgo, anHourAgo);
    await probeExchange(scratch.root);
    const kept = [...others.map((path) => path.split('/')[0]), full];
    expect((await readdir(scratch.root)).toSorted()).toEqual(kept.toSorted());
  });

  it('says what is wrong with the parent', async () => {
    await expect(probeExchange(scratch.path('nothing'))).rejects.toMatchObject({ code: 'filestore-missing' });
    await mkdir(scratch.path('closed'), { mode: 0o555 });
    await asNobody(() =>
      expect(probeExchange(scratch.path('closed'))).rejects.toMatchObject({ code: 'filestore-unwritable' }),
    );
    expect(await readdir(scratch.path('closed'))).toEqual([]);
  });
});
