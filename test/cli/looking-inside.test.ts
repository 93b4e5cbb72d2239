import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeSnapshot } from '../e2e/outcomes.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { ended, KEYS } from './command-line.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

const LARGE = randomBytes(5 * 1024 * 1024 + 3);
const HOSTILE = 'two\nlines \u202e\x1b[31m.txt';
/** Of a name that is not UTF-8. */
const BYTES = Buffer.from([0x64, 0x2f, 0xff]);
/** How the name of a file begins that is not whole yet. */
const BESIDE = '.snapback-';

let service: TestService;
let place: TestEnvironment;
let snapshotId: string;
let snapback: CommandLine;
/** Beside the service: of a file it cuts connections off behind a megabyte, or holds it there. */
let network: Server;
let holds = false;
let cuts = 0;

beforeAll(async () => {
  service = await startTestService();
  const client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 60 });
  const { filestorePath: root, database } = place;
  await query(database.address, 'CREATE SCHEMA shop; CREATE TABLE shop.orders (id int)');
  await mkdir(join(root, 'd'));
  await writeFile(join(root, 'd', 'LARGE.bin'), LARGE, { mode: 0o640 });
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), BYTES]), 'bytes');
  await writeFile(join(root, HOSTILE), 'hostile');
  await symlink('../out\x1bside', join(root, 'link'));
  ({ id: snapshotId } = await takeSnapshot(client, place.environment.id));
  network = createServer(async (request, response) => {
    const { url = '', headers, method } = request;
    const {
      host: _host,
      connection: _connection,
      'content-length': _length,
      ...kept
    } = headers as Record<string, string>;
    const sent = method === 'POST' ? { body: await text(request) } : {};
    const answer = await fetch(`${service.url}${url}`, { method: method!, headers: kept, ...sent });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    const body = Buffer.from(await answer.arrayBuffer());
    if ((!url.endsWith('/content') && !url.includes('/file/content?')) || body.length <= 1_000_000)
      return response.end(body);
    cuts += 1;
    return response.write(body.subarray(0, 1_000_000), () => {
      if (!holds) setTimeout(() => response.destroy(), 50);
    });
  });
  await new Promise<void>((resolve) => network.listen(0, '127.0.0.1', resolve));
  snapback = await somebody(service.url, place);
});
afterAll(async () => {
  network.closeAllConnections();
  network.close();
  await service.stop();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

const throughNetwork = () => ({ SNAPBACK_URL: `http://127.0.0.1:${(network.address() as AddressInfo).port}` });
const directory = () => mkdtemp(join(snapback.home, 'here-'));
const sumOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('the tables of a snapshot', () => {
  it('are listed with their rows, and found by a part of their name', async () => {
    const all = await snapback.run(['snapshot', 'tables', 'latest']);
    expect(all).toMatchObject({ code: 0, err: '' });
    expect(all.out).toMatch(
      /^TABLE +ROWS +SIZE AS TEXT +UNCHANGED SINCE\npublic\.items +100 +[\d.]+ k?B\nshop\.orders +0 +0 B\n$/,
    );
    const found = await snapback.run(['snapshot', 'tables', snapshotId.slice(0, 8), '--search', 'ORD', '--quiet']);
    expect(found).toEqual({ code: 0, out: 'shop.orders\n', err: '' });
    expect(await snapback.run(['snapshot', 'tables', 'latest', '--search', 'nothing'])).toEqual({
      code: 0,
      out: '',
      err: 'No table has "nothing" in its name.\n',
    });
    const cut = await snapback.run(['snapshot', 'tables', 'latest', '--limit', '1']);
    expect(cut.err).toBe('1 line of 2; see more of them with --limit.\n');
  });
});

describe('the files of a snapshot', () => {
  it('are listed as "ls -l" does, with what a terminal would interpret shown as what it is', async () => {
    const { code, out, err } = await snapback.run(['snapshot', 'files', 'latest']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^MODE +OWNER +SIZE +CHANGED +NAME$/);
    const line = (name: string) => lines.find((each) => each.endsWith(`  ${name}`));
    expect(line('a.txt')).toMatch(/^-rw-r--r-- +\d+:\d+ +6 B +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}a\.txt$/);
    expect(line('d')).toMatch(/^drwx/);
    expect(line(String.raw`link -> ../out\x1bside`)).toMatch(/^lrwx/);
    expect(line(String.raw`two\x0alines \u202e\x1b[31m.txt`)).toMatch(/^-rw/);
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(out).not.toMatch(/[\x1b\u202e]/);
  });

  it('are for programs what they are', async () => {
    const { out } = await snapback.run(['snapshot', 'files', 'latest', '--output', 'json']);
    const entries = JSON.parse(out) as { name: string; target: string | null }[];
    expect(entries.map(({ name }) => name)).toEqual(['a.txt', 'd', 'empty', 'link', 'sub', HOSTILE].toSorted());
    expect(entries.find(({ name }) => name === 'link')).toMatchObject({ target: '../out\x1bside' });
  });

  it('of a directory are listed however its path is written, and of a file itself', async () => {
    for (const path of ['d', 'd/', './d', '/d']) {
      const { out } = await snapback.run(['snapshot', 'files', 'latest', path, '--quiet']);
      expect([path, out]).toEqual([path, 'd/LARGE.bin\nd/\ufffd\n']);
    }
    const file = await snapback.run(['snapshot', 'files', 'latest', 'd/LARGE.bin']);
    expect(file.out).toMatch(/\n-rw-r----- .* 5\.2 MB .* LARGE\.bin\n$/);
    const none = await snapback.run(['snapshot', 'files', 'latest', 'nowhere']);
    expect([none.code, none.out]).toEqual([3, '']);
  });

  it('are found below a directory by a part of their name', async () => {
    const { out } = await snapback.run(['snapshot', 'files', 'latest', '--search', 'large']);
    expect(out).toMatch(/ d\/LARGE\.bin\n$/);
    const none = await snapback.run(['snapshot', 'files', 'latest', 'sub', '--search', 'large']);
    expect(none).toMatchObject({ code: 0, err: 'Nothing there has "large" in its name.\n' });
  });
});

describe('a file of a snapshot', () => {
  it('is written to where it was asked for, and says so', async () => {
    const here = await directory();
    const got = await snapback.run([
      'snapshot',
      'get',
      'latest',
      'd/LARGE.bin',
      '--to',
      join(here, 'mine'),
      '--output',
      'json',
    ]);
    expect([got.code, JSON.parse(got.out)]).toEqual([0, { file: join(here, 'mine'), sizeBytes: LARGE.length }]);
    expect(sumOf(await readFile(join(here, 'mine')))).toBe(sumOf(LARGE));
    // Into a directory under its own name, which no terminal interprets.
    const hostile = await snapback.run(['snapshot', 'get', snapshotId, HOSTILE, '--to', here]);
    expect(hostile.out).toBe(`${here}/${String.raw`two\x0alines \u202e\x1b[31m.txt`} has been written, 7 B.\n`);
    expect(await readFile(join(here, HOSTILE), 'utf8')).toBe('hostile');
    const empty = await snapback.run(['snapshot', 'get', 'latest', 'empty', '--to', join(here, 'empty'), '--quiet']);
    expect(empty).toEqual({ code: 0, out: `${here}/empty\n`, err: '' });
    const bytes = BYTES.toString('base64');
    await snapback.run(['snapshot', 'get', 'latest', bytes, '--base64', '--to', join(here, 'bytes')]);
    expect(await readFile(join(here, 'bytes'), 'utf8')).toBe('bytes');
    expect(await readdir(here)).toEqual(['bytes', 'empty', 'mine', HOSTILE].toSorted());
  });

  it('replaces nothing unless told to, and no link leads it elsewhere', async () => {
    const here = await directory();
    const [target, other] = [join(here, 'target'), join(here, 'other')];
    await writeFile(other, 'other');
    await symlink(other, target);
    const get = (...more: string[]) => snapback.run(['snapshot', 'get', 'latest', 'a.txt', '--to', target, ...more]);
    expect(await get()).toEqual({ code: 4, out: '', err: `${target} is there already; --force replaces it.\n` });
    expect(await get('--force')).toMatchObject({ code: 0 });
    expect([await readFile(target, 'utf8'), await readFile(other, 'utf8')]).toEqual(['alpha\n', 'other']);
    const device = await snapback.run(['snapshot', 'get', 'latest', 'a.txt', '--to', '/dev/null', '--force']);
    expect(device).toMatchObject({ code: 2, err: '/dev/null is there, and no file.\n' });
    const nowhere = await snapback.run(['snapshot', 'get', 'latest', 'a.txt', '--to', join(here, 'no', 'a')]);
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('cannot be written: ENOENT')]);
    expect(await readdir(here)).toEqual(['other', 'target']);
  });

  it('goes to standard output as it is, and to a terminal only when told to', async () => {
    const got = snapback.start(['snapshot', 'get', 'latest', 'd/LARGE.bin', '--to', '-', '--quiet']);
    const pieces: Buffer[] = [];
    got.stdout!.on('data', (bytes: Buffer) => pieces.push(bytes));
    expect((await ended(got)).code).toBe(0);
    expect(sumOf(Buffer.concat(pieces))).toBe(sumOf(LARGE));
    const unread = snapback.start(['snapshot', 'get', 'latest', 'd/LARGE.bin', '--to', '-']);
    unread.stdout!.destroy();
    expect(await ended(unread)).toMatchObject({ code: 0 });
    const terminal = snapback.terminal(['snapshot', 'get', 'latest', 'a.txt', '--to', '-']);
    expect(await terminal.ended).toBe(2);
    expect(terminal.text).toMatch(/^The terminal would interpret what is in the file;/);
  });

  it('comes whole over connections that are cut off', async () => {
    const file = join(await directory(), 'large');
    cuts = 0;
    const { code, err } = await snapback.run(['snapshot', 'get', 'latest', 'd/LARGE.bin', '--to', file], {
      env: throughNetwork(),
    });
    expect([code, err]).toEqual([0, expect.stringMatching(/^\d+ % {2}downloading {2}[\d.]+ k?M?B of 5\.2 MB\n/)]);
    expect(cuts).toBe(5);
    expect(sumOf(await readFile(file))).toBe(sumOf(LARGE));
  });

  it('that somebody interrupts leaves nothing behind', async () => {
    const here = await directory();
    holds = true;
    const session = snapback.terminal(['snapshot', 'get', 'latest', 'd/LARGE.bin', '--to', join(here, 'large')], {
      env: throughNetwork(),
    });
    await session.until(/downloading {2}[\d.]+ kB of 5\.2 MB|downloading {2}1\.0 MB of/);
    const [beside, ...others] = await readdir(here);
    expect([beside?.startsWith(BESIDE), others]).toEqual([true, []]);
    session.type(KEYS.ctrlC);
    expect(await session.ended).toBe(130);
    holds = false;
    expect(session.text).toMatch(/Interrupted; nothing of the file is kept\.\n$/);
    expect(await readdir(here)).toEqual([]);
  });

  it('is no directory, and of production for those only who may change the environment', async () => {
    const here = join(await directory(), 'x');
    const runs = await Promise.all([
      snapback.run(['snapshot', 'get', 'latest', 'd', '--to', here]),
      snapback.run(['snapshot', 'get', 'latest', '/', '--to', here]),
      snapback.run(['snapshot', 'get', 'latest', '../a', '--to', here]),
      snapback.run(['snapshot', 'get', 'latest', 'a?', '--base64', '--to', here]),
      snapback.run(['snapshot', 'get', 'latest', 'a.txt', '--to', here], {
        env: { SNAPBACK_TOKEN: testToken({ permissions: ['operator'] }) },
      }),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([3, 2, 2, 2, 4]);
  });
});

describe('what is taken out of a snapshot', () => {
  const items = (...args: string[]) => snapback.run(['items', ...args]);
  const schema = () => `restored_${snapshotId.replaceAll('-', '')}`;
  const rows = () => query(place.database.address, `SELECT * FROM ${schema()}.items`);

  it('is put beside what is there, and it is said where each thing is', async () => {
    const wanted = ['--file', HOSTILE, '--file-base64', BYTES.toString('base64'), '--table', 'public.items'];
    const { code, out, err } = await items('restore', 'latest', ...wanted, '--wait');
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/^status +completed$/m) });
    const hostile = String.raw`two\x0alines \u202e\x1b[31m.txt`;
    expect(out).toContain(`\n  ${hostile}  `);
    expect(out).toMatch(/ two\\x0alines \\u202e\\x1b\[31m\.txt\.restored-\d{8}T\d{6}Z\n/);
    expect(out).toMatch(new RegExp(`\n  public\\.items +${schema()}\\.items, 100 rows\n$`));
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(`${out}${err}`).not.toMatch(/[\x1b\u202e]/);
    expect(err).toContain(`SELECT * FROM ${schema()}.items;\n`);
    expect(await rows()).toHaveLength(100);
    const [, id] = /snapback items undo ([0-9a-f]{8})\n/.exec(err)!;
    const listed = await items('list');
    expect(listed.out).toMatch(
      new RegExp(`^ID +ASKED FOR +STATUS .*\n${id} .* completed +${snapshotId.slice(0, 8)} +two.* and 2 more `),
    );
    const undone = await items('undo', id!, '--wait', '--yes', '--output', 'json');
    expect(JSON.parse(undone.out)).toMatchObject({ status: 'undone', finding: null });
    expect(await readdir(place.filestorePath)).toEqual(
      expect.not.arrayContaining([expect.stringContaining('restored-')]),
    );
    await expect(rows()).rejects.toThrow(schema());
    const again = await items('undo', id!, '--yes');
    expect([again.code, again.err]).toEqual([4, expect.stringContaining('It is undone')]);
    expect((await items('show', id!, '--quiet')).out).toMatch(new RegExp(`^${id}-`));
  });

  it('takes the place of what is there only when somebody agrees', async () => {
    const file = join(place.filestorePath, 'a.txt');
    await writeFile(file, 'written since');
    const args = ['restore', 'latest', '--file', 'a.txt', '--in-place', '--wait'];
    const refused = await items(...args);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('add --yes')]);
    expect(await readFile(file, 'utf8')).toBe('written since');
    const { code, out } = await items(...args, '--yes');
    expect([code, out]).toEqual([0, expect.stringMatching(/\n {2}a\.txt +a\.txt \(what was there is kept\)\n$/)]);
    expect(await readFile(file, 'utf8')).toBe('alpha\n');
  });

  it('is refused when it is nothing, or not in the snapshot, and fails when it cannot be done', async () => {
    expect(await items('restore', 'latest')).toMatchObject({ code: 2, err: expect.stringContaining('--file PATH') });
    expect(await items('restore', 'latest', '--file', '/')).toMatchObject({ code: 2 });
    const absent = await items('restore', 'latest', '--file', 'nowhere');
    expect([absent.code, absent.err]).toEqual([3, expect.stringContaining('The snapshot does not have')]);
    await query(place.database.address, `CREATE SCHEMA ${schema()}; CREATE TABLE ${schema()}.orders ()`);
    const failed = await items('restore', 'latest', '--table', 'shop.orders', '--wait', '--output', 'json');
    expect([failed.code, failed.err]).toEqual([5, expect.stringContaining('item-in-the-way')]);
    await query(place.database.address, `DROP SCHEMA ${schema()} CASCADE`);
  });
});

describe('a snapshot as a file', () => {
  const exports = (...args: string[]) => snapback.run(['exports', ...args]);

  it('is made, and comes whole over connections that are cut off, where nothing is yet', async () => {
    const here = await directory();
    cuts = 0;
    const args = ['snapshot', 'export', 'latest', '--format', 'tar_zst', '--to', here];
    const { code, out, err } = await snapback.run(args, { env: throughNetwork() });
    const [name, ...others] = await readdir(here);
    expect({ code, out, others }).toEqual({
      code: 0,
      out: expect.stringMatching(/\.tar\.zst has been written, 5\.\d MB\.\n$/),
      others: [],
    });
    expect(cuts).toBeGreaterThan(3);
    const [, id] = /snapback exports rm ([0-9a-f]{8})\n/.exec(err)!;
    const shown = await exports('show', id!, '--output', 'json');
    const sha256 = sumOf(await readFile(join(here, name!)));
    expect(JSON.parse(shown.out)).toMatchObject({ status: 'completed', fileName: name, sha256 });

    const taken = await exports('get', id!, '--to', join(here, name!));
    expect([taken.code, taken.err]).toEqual([4, expect.stringContaining('--force replaces it')]);
    const again = await exports('get', id!, '--to', join(here, 'again'), '--quiet');
    expect([again.out, sumOf(await readFile(join(here, 'again')))]).toEqual([`${join(here, 'again')}\n`, sha256]);

    expect((await exports('list')).out).toMatch(
      new RegExp(
        `^ID +ASKED FOR +STATUS .*\n${id} .* completed +${snapshotId.slice(0, 8)} +tar_zst +plain .* in \\d+ h`,
      ),
    );
    expect(await exports('rm', id!)).toMatchObject({ code: 0, out: `The file of the export ${id} is removed.\n` });
    const gone = await exports('get', id!, '--to', here);
    expect([gone.code, gone.err]).toEqual([
      4,
      expect.stringContaining('The export is removed; export the snapshot again'),
    ]);
  });

  it('is told of when nobody downloads it, or waits for it', async () => {
    const made = await snapback.run(['snapshot', 'export', 'latest', '--format', 'tar_zst']);
    expect(made.out).toMatch(/\.tar\.zst is there, 5\.\d MB; it is kept until 20\S+Z \(in \d+ h\)\.\n$/);
    const queued = await snapback.run(['snapshot', 'export', 'latest', '--format', 'tar_zst', '--no-wait', '--quiet']);
    expect((await exports('show', queued.out.trim(), '--quiet')).out).toBe(queued.out);
  });

  it('is refused before it is made when it could not be kept, or is not for everybody, and fails with a reason', async () => {
    const here = await directory();
    await writeFile(join(here, 'there'), '');
    const make = (...args: string[]) => ['snapshot', 'export', 'latest', ...args];
    const { out: before } = await exports('list', '--quiet');
    const runs = await Promise.all([
      snapback.run(make('--to', join(here, 'there'))),
      snapback.run(make('--to', here, '--no-wait')),
      snapback.run(make('--layout', 'odoo', '--format', 'tar_zst')),
      snapback.run(make('--neutralize-for', place.environment.name)),
      snapback.run(make(), { env: { SNAPBACK_TOKEN: testToken({ permissions: ['operator'] }) } }),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([4, 2, 4, 4, 4]);
    expect((await exports('list', '--quiet')).out).toBe(before);
    // There are names in it that are not UTF-8.
    const failed = await snapback.run(make('--to', here));
    expect([failed.code, failed.err]).toEqual([5, expect.stringContaining('Export it as tar_zst')]);
    expect(await readdir(here)).toEqual(['there']);
  });
});
