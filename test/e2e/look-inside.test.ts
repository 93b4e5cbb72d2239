import { hash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  auditList,
  snapshotCancel,
  snapshotCreate,
  snapshotFileList,
  snapshotFileView,
  snapshotTableList,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotDetails, SnapshotFile, SnapshotFileListData } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import type { Grant } from '../../src/auth/permission.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { nothingIsLeft } from './leftovers.js';
import { olderThanAnyHorizon } from './older-than-any-horizon.js';
import { takeSnapshot } from './outcomes.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;
let base: SnapshotDetails;
let snapshot: SnapshotDetails;

const LARGE = randomBytes(9 * 1024 * 1024 + 7);
const NO_UTF8 = Buffer.from([0x64, 0x2f, 0xff, 0x0a]);
const HOSTILE = 'two\nlines \u202e\u001b[31m<script>';
const MiB = 1024 * 1024;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { type: 'staging' });
  const { filestorePath: root, database } = place;
  await query(
    database.address,
    `CREATE SCHEMA shop; CREATE TABLE shop.orders (id int, doubled int GENERATED ALWAYS AS (id * 2) STORED); CREATE TABLE "Empty" ();
     INSERT INTO shop.orders SELECT n FROM generate_series(1, 1000) n`,
  );
  await mkdir(join(root, 'd'));
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), NO_UTF8]), 'bytes');
  await writeFile(join(root, HOSTILE), 'hostile');
  await writeFile(join(root, 'page.html'), '<script>alert(1)</script>');
  await writeFile(join(root, 'picture.svg'), '<svg onload="alert(1)"/>');
  await writeFile(join(root, 'd', 'LARGE.bin'), LARGE);
  await symlink('../../outside', join(root, 'outward'));
  const sparse = await open(join(root, 'sparse'), 'w');
  await sparse.write('begin');
  await sparse.write('middle', 3 * MiB);
  await sparse.truncate(5 * MiB);
  await sparse.close();
  await olderThanAnyHorizon(database.address);
  base = await takeSnapshot(client, place.environment.id, { type: 'full' });
  await query(database.address, `UPDATE items SET name = 'other' WHERE id = 7`);
  snapshot = await takeSnapshot(client, place.environment.id, { type: 'differential' });
});

afterAll(async () => {
  await nothingIsLeft([place]).finally(() => service.stop());
});

const path = () => ({ environmentId: place.environment.id, snapshotId: snapshot.id });
const files = (query: SnapshotFileListData['query']) => result(snapshotFileList({ client, path: path(), query }));
const pathsOf = (items: readonly SnapshotFile[]) => items.map((item) => item.path);

function download(
  filePath: string,
  headers: Record<string, string> = {},
  { claims, method = 'GET' }: { claims?: Parameters<typeof testToken>[0]; method?: string } = {},
): Promise<Response> {
  const { environmentId, snapshotId } = path();
  const asked = new URLSearchParams(filePath.startsWith('?') ? filePath : { path: filePath });
  const url = `${service.url}/api/v1/environments/${environmentId}/snapshots/${snapshotId}/file/content?${asked}`;
  return fetch(url, { method, headers: { Authorization: `Bearer ${testToken(claims)}`, ...headers } });
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('the tables of a snapshot', () => {
  it('are listed by schema and name, with what was read of them and since when the others are unchanged', async () => {
    const { items, total } = await result(snapshotTableList({ client, path: path() }));
    expect(total).toBe(3);
    expect(items.map(({ schema, name, rowCount, columns }) => ({ schema, name, rowCount, columns }))).toEqual([
      { schema: 'public', name: 'Empty', rowCount: 0, columns: [] },
      { schema: 'public', name: 'items', rowCount: 100, columns: ['id', 'name'] },
      { schema: 'shop', name: 'orders', rowCount: 1000, columns: ['id'] },
    ]);
    expect(items[1]).toMatchObject({ segmentCount: 1, carriedOverSegmentCount: 0, unchangedSince: null });
    expect(items[2]).toMatchObject({ segmentCount: 1, carriedOverSegmentCount: 1, unchangedSince: base.startedAt });
    expect(items[2]!.textBytes).toBe(3893);
  });

  it('are found by name, and come in pages', async () => {
    const of = (query: { search?: string; limit?: number; cursor?: string }) =>
      result(snapshotTableList({ client, path: path(), query }));
    expect((await of({ search: 'ORDER' })).items.map(({ name }) => name)).toEqual(['orders']);
    expect((await of({ search: 'shop.ord' })).items.map(({ name }) => name)).toEqual(['orders']);
    expect((await of({ search: 'rows' })).items).toEqual([]);
    const first = await of({ limit: 2 });
    expect(first).toMatchObject({ total: 3, totalIsLowerBound: true, offset: 0 });
    const second = await of({ limit: 2, cursor: first.nextCursor! });
    expect(second).toMatchObject({ total: 3, totalIsLowerBound: false, offset: 2, nextCursor: null });
    expect(second.items.map(({ name }) => name)).toEqual(['orders']);
  });
});

describe('the files of a snapshot', () => {
  it('are listed a directory at a time, names as they are', async () => {
    expect(pathsOf((await files({})).items)).toEqual(
      ['a.txt', 'd', 'empty', 'outward', 'page.html', 'picture.svg', 'sparse', 'sub', HOSTILE].toSorted(),
    );
    const { items } = await files({ path: 'd' });
    expect(items.map(({ path: at, pathBase64, name, sizeBytes }) => ({ at, pathBase64, name, sizeBytes }))).toEqual([
      { at: 'd/LARGE.bin', pathBase64: null, name: 'LARGE.bin', sizeBytes: LARGE.length },
      { at: 'd/\ufffd\n', pathBase64: NO_UTF8.toString('base64'), name: '\ufffd\n', sizeBytes: 5 },
    ]);
    const at = (query: SnapshotFileListData['query']) => result(snapshotFileView({ client, path: path(), query }));
    expect(await at({ path: 'outward' })).toMatchObject({ kind: 'symlink', target: '../../outside', sizeBytes: null });
    expect(await at({ path: 'sparse' })).toMatchObject({ kind: 'file', sizeBytes: 5 * MiB });
    expect(await at({})).toMatchObject({ kind: 'directory', path: '', name: '' });
    expect(await at({ pathBase64: NO_UTF8.toString('base64') })).toMatchObject({ kind: 'file', sizeBytes: 5 });
  });

  it('are found by a part of their name, below a directory', async () => {
    expect(pathsOf((await files({ search: 'large' })).items)).toEqual(['d/LARGE.bin']);
    expect(pathsOf((await files({ path: 'sub', search: 'B' })).items)).toEqual(['sub/b.txt']);
    expect(pathsOf((await files({ path: 'sub', search: 'large' })).items)).toEqual([]);
    // Of a directory's name alone nothing below is found.
    expect(pathsOf((await files({ search: 'sub' })).items)).toEqual(['sub']);
    expect(pathsOf((await files({ search: '\n' })).items)).toEqual([HOSTILE, 'd/\ufffd\n']);
  });

  it('come in pages that meet', async () => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await files({ limit: 4, ...(cursor !== undefined && { cursor }) });
      expect(page.offset).toBe(found.length);
      found.push(...pathsOf(page.items));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(pathsOf((await files({})).items));
  });

  it.each(['../a', '/a', 'a/', 'a//b', './a', 'a/..'])(
    'are not looked for at %j, which leaves the tree or is no path',
    async (at) => {
      const { error, response } = await snapshotFileView({ client, path: path(), query: { path: at } });
      expect([response?.status, error]).toMatchObject([422, { errors: [{ field: 'path' }] }]);
    },
  );

  it('are refused with a reason where there is nothing, or nothing yet', async () => {
    const at = async (query: SnapshotFileListData['query']) =>
      (await snapshotFileList({ client, path: path(), query })).response?.status;
    expect(await at({ path: 'nowhere' })).toBe(404);
    expect(await at({ path: 'a.txt' })).toBe(404);
    expect(await at({ path: 'nowhere', pathBase64: 'c3Vi' })).toBe(200);
    expect(await at({ pathBase64: 'Li4v' })).toBe(422);
    expect(await at({ cursor: 'abcd' })).toBe(422);
    const { environmentId } = path();
    const queued = await result(snapshotCreate({ client, path: { environmentId } }));
    await snapshotCancel({ client, path: { environmentId, snapshotId: queued.id } });
    const { error } = await snapshotFileList({ client, path: { environmentId, snapshotId: queued.id } });
    expect(error).toMatchObject({ code: 'snapshot-not-completed' });
  });
});

describe('a file of a snapshot', () => {
  it('is downloaded whole, with its type, as an attachment that no browser runs', async () => {
    const text = await download('a.txt');
    expect(await text.text()).toBe('alpha\n');
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text.headers.get('content-disposition')).toBe('attachment; filename=a.txt');
    expect(text.headers.get('x-content-type-options')).toBe('nosniff');
    expect(text.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const name of ['page.html', 'picture.svg', 'sparse']) {
      const response = await download(name);
      expect([name, response.headers.get('content-type')]).toEqual([name, 'application/octet-stream']);
      expect(response.headers.get('content-disposition')).toContain('attachment');
      await response.body?.cancel();
    }
    const hostile = await download(HOSTILE);
    expect(hostile.headers.get('content-disposition')).toMatch(/^attachment; filename="[ -~]*"; filename\*=UTF-8''/);
    expect(await hostile.text()).toBe('hostile');
    expect(hash('sha256', await bytesOf(await download('d/LARGE.bin')))).toBe(hash('sha256', LARGE));
    const bytes = await download(`?pathBase64=${encodeURIComponent(NO_UTF8.toString('base64'))}`);
    expect(await bytes.text()).toBe('bytes');
    expect(await (await download('empty')).text()).toBe('');
  });

  it('goes on where a download was cut off, for as long as it is the same', async () => {
    const whole = await download('d/LARGE.bin');
    const tag = whole.headers.get('etag')!;
    await whole.body?.cancel();
    for (const [first, last] of [
      [0, 0],
      [5 * MiB, LARGE.length - 1],
      [4_194_000, 4_195_000],
    ] as const) {
      const part = await download('d/LARGE.bin', { Range: `bytes=${first}-${last}`, 'If-Range': tag });
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes ${first}-${last}/${LARGE.length}`);
      expect((await bytesOf(part)).equals(LARGE.subarray(first, last + 1))).toBe(true);
    }
    const tail = await download('d/LARGE.bin', { Range: 'bytes=-10' });
    expect((await bytesOf(tail)).equals(LARGE.subarray(-10))).toBe(true);
    const other = await download('d/LARGE.bin', { Range: 'bytes=1-2', 'If-Range': '"other"' });
    expect([other.status, (await bytesOf(other)).length]).toEqual([200, LARGE.length]);
    const several = await download('a.txt', { Range: 'bytes=0-1,3-4' });
    expect([several.status, await several.text()]).toEqual([200, 'alpha\n']);
    const beyond = await download('a.txt', { Range: 'bytes=6-' });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('content-range')).toBe('bytes */6');
    expect(await beyond.json()).toMatchObject({ code: 'range-not-satisfiable' });
  });

  it('has its holes, wherever a range begins', async () => {
    const expected = Buffer.alloc(5 * MiB);
    expected.write('begin', 0);
    expected.write('middle', 3 * MiB);
    expect((await bytesOf(await download('sparse'))).equals(expected)).toBe(true);
    for (const [first, last] of [
      [2, 10],
      [3 * MiB - 2, 3 * MiB + 2],
      [4 * MiB, 5 * MiB - 1],
    ] as const) {
      const part = await bytesOf(await download('sparse', { Range: `bytes=${first}-${last}` }));
      expect([first, part.equals(expected.subarray(first, last + 1))]).toEqual([first, true]);
    }
  });

  it('is told of without its bytes, and is no directory or link', async () => {
    const head = await download('d/LARGE.bin', {}, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(LARGE.length),
      '',
    ]);
    for (const name of ['d', 'outward', 'nowhere']) expect([name, (await download(name)).status]).toEqual([name, 404]);
  });

  it('is in the audit, with what of it somebody got', async () => {
    const claims = { subject: 'reader', permissions: ['snapshots:read'] as Grant[] };
    await (await download('a.txt', {}, { claims })).text();
    await (await download('d/LARGE.bin', { Range: 'bytes=10-19' }, { claims })).text();
    await download('a.txt', {}, { claims, method: 'HEAD' });
    const { items } = await result(auditList({ client, query: { actor: 'reader' } }));
    const told = items.map(({ operation, outcome, after }) => ({ operation, outcome, after }));
    expect(told).toEqual([
      { operation: 'snapshotFileDownload', outcome: 'done', after: { path: 'd/LARGE.bin', offset: 10, bytes: 10 } },
      { operation: 'snapshotFileDownload', outcome: 'done', after: { path: 'a.txt' } },
    ]);
  });

  it('of production is for those only who may change the environment', async () => {
    const production = await createTestEnvironment(client, service.filestoreRoot, { project: place.project });
    const taken = await takeSnapshot(client, production.environment.id);
    const url = `${service.url}/api/v1/environments/${production.environment.id}/snapshots/${taken.id}`;
    const ask = (what: string, permissions: Grant[]) =>
      fetch(`${url}/${what}`, { headers: { Authorization: `Bearer ${testToken({ permissions })}` } });
    expect((await ask('file?path=a.txt', ['snapshots:read'])).status).toBe(200);
    const refused = await ask('file/content?path=a.txt', ['operator']);
    expect(await refused.json()).toMatchObject({ code: 'permission-missing' });
    expect(await (await ask('file/content?path=a.txt', ['admin'])).text()).toBe('alpha\n');
    expect((await download('a.txt', {}, { claims: { permissions: ['snapshots:read'] } })).status).toBe(200);
  });
});

describe('what somebody has done to the vault', () => {
  it('is told of when a snapshot is looked into, and never passes for the file', async () => {
    const damaged = await createTestEnvironment(client, service.filestoreRoot, { type: 'staging' });
    await writeFile(join(damaged.filestorePath, 'large'), LARGE);
    const other = await takeSnapshot(client, damaged.environment.id);
    const taken = await takeSnapshot(client, damaged.environment.id);
    const of = { client, path: { environmentId: damaged.environment.id, snapshotId: other.id } };
    const packs = join(service.env['DATA_DIR']!, 'vault', 'projects', damaged.project.id, 'packs');
    for (const group of await readdir(packs)) {
      for (const name of await readdir(join(packs, group))) {
        const pack = join(packs, group, name);
        const bytes = await readFile(pack);
        if (bytes.length < 100_000) continue;
        // Of the file: somewhere behind its first chunk. Of everything else it is the beginning.
        bytes.fill(0, Math.floor(bytes.length / 2), bytes.length - 1024);
        await writeFile(pack, bytes);
      }
    }
    const url = `${service.url}/api/v1/environments/${damaged.environment.id}/snapshots/${taken.id}/file/content`;
    const whole = await fetch(`${url}?path=large`, { headers: { Authorization: `Bearer ${testToken()}` } });
    const length = await whole.arrayBuffer().then(
      ({ byteLength }) => byteLength,
      () => 'cut off',
    );
    expect(whole.status === 409 || length === 'cut off').toBe(true);
    await rm(join(service.env['DATA_DIR']!, 'vault', 'projects', damaged.project.id, 'manifests'), { recursive: true });
    const { error } = await snapshotFileList(of);
    expect(error).toMatchObject({ code: 'snapshot-damaged', status: 409 });
  });
});
