import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { open as openZip, type Entry, type ZipFile } from 'yauzl';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentUpdate,
  snapshotExport,
  snapshotExportDelete,
  snapshotExportList,
  snapshotExportView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { ExportRequest, SnapshotDetails, SnapshotExport } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';
import { createTestDatabase, query, type TestDatabase } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { nothingIsLeft } from './leftovers.js';
import { takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

const run = promisify(execFile);

let service: TestService;
let client: Client;
let place: TestEnvironment;
let staging: TestEnvironment;
let snapshot: SnapshotDetails;
let directory: string;
let target: TestDatabase;

const LARGE = Buffer.from('row after row '.repeat(300_000));

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  staging = await createTestEnvironment(client, service.filestoreRoot, { project: place.project, type: 'staging' });
  const { filestorePath: root, database } = place;
  await writeFile(join(root, 'sub', 'LARGE.bin'), LARGE);
  await writeFile(join(root, 'sub', 'secret.key'), 'a secret');
  await symlink('b.txt', join(root, 'sub', 'link'));
  const sparse = await open(join(root, 'sparse'), 'w');
  await sparse.write('begin');
  await sparse.write('middle', 3 * 1024 * 1024);
  await sparse.truncate(5 * 1024 * 1024);
  await sparse.close();
  // As far as its database manager looks at it.
  await query(
    database.address,
    `CREATE TABLE ir_module_module (name text, state text, latest_version text);
     INSERT INTO ir_module_module VALUES ('base', 'installed', '17.0.1.3'), ('sale', 'installed', '17.0.1.2'), ('crm', 'uninstalled', NULL);
     CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1)';
     CREATE INDEX loud ON items (shout(name))`,
  );
  snapshot = await takeSnapshot(client, place.environment.id, { type: 'full' });
});

afterAll(async () => {
  await nothingIsLeft([place, staging]).finally(() => service.stop());
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-export-'));
  target = await createTestDatabase();
});
afterEach(async () => {
  await rm(directory, { recursive: true });
  await target.drop();
});

const path = () => ({ environmentId: place.environment.id, snapshotId: snapshot.id });
const at = ({ id }: Pick<SnapshotExport, 'id'>) => ({ environmentId: place.environment.id, exportId: id });

async function exported(body: ExportRequest, through = client): Promise<SnapshotExport> {
  const row = await result(snapshotExport({ client: through, path: path(), body }));
  const look = async () => {
    const now = await result(snapshotExportView({ client, path: at(row) }));
    return !['queued', 'running'].includes(now.status) && now;
  };
  return waitUntil('the snapshot is exported', look, { everyMs: 100 });
}

function download(row: SnapshotExport, headers: Record<string, string> = {}, claims?: Parameters<typeof testToken>[0]) {
  const { environmentId, exportId } = at(row);
  const url = `${service.url}/api/v1/environments/${environmentId}/exports/${exportId}/content`;
  return fetch(url, { headers: { Authorization: `Bearer ${testToken(claims)}`, ...headers } });
}

async function downloaded(row: SnapshotExport): Promise<Buffer> {
  const response = await download(row);
  expect([row.finding, response.status]).toEqual([null, 200]);
  return Buffer.from(await response.arrayBuffer());
}

/** By another library than the one that wrote it. */
async function unzip(archive: Buffer): Promise<Map<string, number>> {
  const file = join(directory, 'archive.zip');
  await writeFile(file, archive);
  const modes = new Map<string, number>();
  const zip = await promisify<string, object, ZipFile>(openZip)(file, { lazyEntries: true });
  await new Promise<void>((resolve, reject) => {
    const take = async (entry: Entry): Promise<void> => {
      modes.set(entry.fileName, entry.externalFileAttributes >>> 16);
      if (entry.fileName.endsWith('/')) return void (await mkdir(join(directory, entry.fileName), { recursive: true }));
      const stream = await promisify(
        zip.openReadStream.bind(zip) as never as (
          e: Entry,
          done: (error: Error | null, stream: NodeJS.ReadableStream) => void,
        ) => void,
      )(entry);
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      await mkdir(dirname(join(directory, entry.fileName)), { recursive: true });
      await writeFile(join(directory, entry.fileName), Buffer.concat(parts));
    };
    zip.on('entry', (entry: Entry) => void take(entry).then(() => zip.readEntry(), reject));
    zip.once('end', resolve).once('error', reject);
    zip.readEntry();
  });
  return modes;
}

/** By PostgreSQL's own programs, as they are documented. */
async function load(program: 'psql' | 'pg_restore', ...args: string[]): Promise<void> {
  const { host, port, user, password, database } = target.address;
  const env = { ...process.env, PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password };
  const { path: found } = await findProgram(program);
  await run(found, [...args, '--dbname', database], { env });
}

const items = () => query(target.address, 'SELECT count(*)::int AS count, min(name) AS name FROM items');

describe('a snapshot is exported', () => {
  it('as a zip with dump.sql, the filestore and a manifest, which psql loads', async () => {
    const row = await exported({});
    expect(row).toMatchObject({ status: 'completed', format: 'zip', layout: 'plain', neutralizedFor: null });
    const archive = await downloaded(row);
    expect(createHash('sha256').update(archive).digest('hex')).toBe(row.sha256);
    const modes = await unzip(archive);
    expect(JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))).toMatchObject({
      format: 'snapback-export',
      snapshotId: snapshot.id,
      environment: place.environment.name,
      neutralized: false,
      database: { dump: 'dump.sql' },
      filestore: 'filestore',
    });
    expect(await readFile(join(directory, 'filestore/sub/LARGE.bin'))).toEqual(LARGE);
    expect(await readFile(join(directory, 'filestore/sub/link'), 'utf8')).toBe('b.txt');
    expect(modes.get('filestore/sub/link')! & 0o170_000).toBe(0o120_000);
    const holes = await readFile(join(directory, 'filestore/sparse'));
    expect([holes.length, holes.toString('utf8', 3 * 1024 * 1024, 3 * 1024 * 1024 + 6)]).toEqual([
      5 * 1024 * 1024,
      'middle',
    ]);
    await load('psql', '-v', 'ON_ERROR_STOP=1', '--file', join(directory, 'dump.sql'));
    expect(await items()).toEqual([{ count: 100, name: 'item 1' }]);
    expect(await query(target.address, `SELECT shout('a')`)).toEqual([{ shout: 'A' }]);
  });

  it('as a tar archive with a directory that pg_restore loads', async () => {
    const row = await exported({ format: 'tar_zst', layout: 'directory' });
    await writeFile(join(directory, 'archive.tar'), zstdDecompressSync(await downloaded(row)));
    await run('tar', ['-xf', 'archive.tar'], { cwd: directory });
    expect((await stat(join(directory, 'filestore/sparse'))).size).toBe(5 * 1024 * 1024);
    expect(await readdir(join(directory, 'filestore/sub'))).toEqual(['LARGE.bin', 'b.txt', 'link', 'secret.key']);
    await load('pg_restore', '--no-owner', join(directory, 'database'));
    expect(await items()).toEqual([{ count: 100, name: 'item 1' }]);
  });

  it("in Odoo's layout, with the versions and modules that its manager looks for", async () => {
    const row = await exported({ layout: 'odoo' });
    await unzip(await downloaded(row));
    expect(JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))).toMatchObject({
      odoo_dump: '1',
      version: '17.0',
      version_info: [17, 0, 0, 'final', 0, ''],
      major_version: '17.0',
      pg_version: expect.stringMatching(/^\d+\.\d+$/),
      modules: { base: '17.0.1.3', sale: '17.0.1.2' },
    });
    await load('psql', '-v', 'ON_ERROR_STOP=1', '--file', join(directory, 'dump.sql'));
    expect(await items()).toEqual([{ count: 100, name: 'item 1' }]);
  });

  it('made harmless as for another environment, and only so for whoever may not have the data of production', async () => {
    const body = { neutralizeFor: staging.environment.id };
    const operator = { permissions: ['operator'] as const };
    const deployer = service.client({ ...operator, permissions: ['operator'] });
    const { error: forbidden } = await snapshotExport({ client: deployer, path: path(), body: {} });
    expect(forbidden).toMatchObject({ code: 'permission-missing' });
    const { error: refused } = await snapshotExport({ client: deployer, path: path(), body });
    expect(refused).toMatchObject({ code: 'export-refused', detail: expect.stringContaining('neutralizeSql') });
    await result(
      environmentUpdate({
        client,
        path: { projectId: place.project.id, environmentId: staging.environment.id },
        body: {
          neutralizeSql: "UPDATE items SET name = 'somebody'",
          neutralizePaths: [{ paths: ['*.key'], action: 'remove' }],
        },
      }),
    );
    const row = await exported(body, deployer);
    await unzip(await downloaded(row));
    expect(await readdir(join(directory, 'filestore/sub'))).not.toContain('secret.key');
    await load('psql', '-v', 'ON_ERROR_STOP=1', '--file', join(directory, 'dump.sql'));
    expect(await items()).toEqual([{ count: 100, name: 'somebody' }]);
    expect((await download(row, {}, { permissions: ['operator'] })).status).toBe(200);
    const { items: all } = await result(snapshotExportList({ client, path: { environmentId: place.environment.id } }));
    const whole = all.find(({ neutralizedFor, status }) => neutralizedFor === null && status === 'completed')!;
    expect((await download(whole, {}, { permissions: ['operator'] })).status).toBe(403);
  });
});

describe('the file of an export', () => {
  it('is downloaded in parts, until it is removed', async () => {
    const row = await exported({ format: 'tar_zst' });
    const whole = await downloaded(row);
    const part = await download(row, { Range: 'bytes=100-199', 'If-Range': `"${row.sha256}"` });
    expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, whole.subarray(100, 200)]);
    expect((await download(row, { Range: `bytes=${whole.length}-` })).status).toBe(416);
    expect(await result(snapshotExportDelete({ client, path: at(row) }))).toMatchObject({ status: 'removed' });
    expect((await download(row)).status).toBe(409);
  });

  it('goes when its time is over', async () => {
    const root = join(service.directory, 'data', 'exports');
    expect(await readdir(root)).not.toEqual([]);
    await query(service.database, 'UPDATE snapshot_exports SET expires_at = now()');
    await waitUntil('no file is left', async () => (await readdir(root)).length === 0);
  });

  it('is none, and nothing is left, where it cannot be made', async () => {
    await query(place.database.address, 'DROP TABLE ir_module_module');
    const other = await takeSnapshot(client, place.environment.id);
    const { id } = await result(
      snapshotExport({ client, path: { ...path(), snapshotId: other.id }, body: { layout: 'odoo' } }),
    );
    const failed = await waitUntil('it has failed', async () => {
      const row = await result(snapshotExportView({ client, path: at({ id }) }));
      return row.finishedAt !== null && row;
    });
    expect(failed).toMatchObject({ status: 'failed', finding: { code: 'export-unfit' } });
    expect(await readdir(join(service.directory, 'data', 'exports'))).toEqual([]);
  });
});
