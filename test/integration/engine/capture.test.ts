import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture, type CaptureRequest } from '../../../src/engine/capture/capture.js';
import type { ProgressUpdate } from '../../../src/engine/progress.js';
import type { PackVault } from '../../../src/vault/pack-vault.js';
import type { Vault } from '../../../src/vault/vault.js';
import { childrenRunning } from '../../harness/child-processes.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { usually } from '../../harness/thorough.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { openWith, vaultWith } from './changed-writer.js';
import { collect, Scratch, silent } from './filestore-scratch.js';

const PROJECT = randomUUID();

describe('capture of a database and a filestore', () => {
  let scratch: Scratch;
  let database: TestDatabase;
  let place: VaultFixture;
  let vault: PackVault;
  let request: CaptureRequest;

  beforeEach(async () => {
    scratch = await Scratch.create();
    place = await makeVault();
    vault = place.vault;
    database = await createTestDatabase();
    await query(database.address, 'CREATE TABLE attachment (name text PRIMARY KEY)');
    const filestore = await scratch.directory('store');
    request = { project: PROJECT, snapshotId: randomUUID(), database: database.address, filestore };
  });
  afterEach(async () => {
    await database.drop();
    await place.remove();
    await scratch.remove();
  });

  /** As a well-behaved application does: the file first, then the row that names it. */
  const attach = async (name: string) => {
    await scratch.file(`store/${name}`, `content of ${name}`);
    await query(database.address, 'INSERT INTO attachment VALUES ($1)', [name]);
  };

  const entries = () => collect(vault.readEntries(PROJECT, request.snapshotId));

  /** The vault, with something done the first time that a capture stores something. */
  function vaultThat(first: () => Promise<void>): Vault {
    let begun = false;
    const before = async <T>(store: () => Promise<T>): Promise<T> => {
      if (!begun) {
        begun = true;
        await first();
      }
      return store();
    };
    return vaultWith(vault, (writer) => ({
      store: (source) => before(() => writer.store(source)),
      open: openWith(writer, before),
    }));
  }

  /** The vault, with the description of each file held back until it is told to go on. */
  function vaultWithSlowFiles(): { slow: Vault; reached: Promise<void>; goOn: () => void } {
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow = vaultWith(vault, (writer) => ({
      async add(...entries) {
        if (entries.some(({ kind }) => kind === 'file')) {
          reached.resolve();
          await goOn.promise;
        }
        await writer.add(...entries);
      },
    }));
    return { slow, reached: reached.promise, goOn: goOn.resolve };
  }

  /** Of the entries that are the database's, whichever way it was read. */
  const ofDatabase = async () =>
    (await entries()).filter(({ kind }) => !['directory', 'file', 'symlink'].includes(kind));

  /** All that was read of the database, rows included. */
  async function textOfDatabase(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (const entry of await ofDatabase()) {
      if ('content' in entry) parts.push(...(await collect(vault.readContent(PROJECT, entry.content))));
    }
    return Buffer.concat(parts);
  }

  const expectNothing = async () => {
    await expect(vault.readHeader(PROJECT, request.snapshotId)).rejects.toMatchObject({ code: 'manifest-missing' });
    expect(await childrenRunning('pg_dump')).toEqual([]);
    const idle = await query(
      database.admin,
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type = 'client backend' AND state LIKE 'idle in transaction%'`,
    );
    expect(idle).toEqual([]);
  };

  it('captures both as one unit and says how much it was', async () => {
    await attach('one');
    const result = await capture({ ...request, tools: { snapback: '0.1.0' } }, vault, silent);
    expect(result).toMatchObject({
      fileCount: 1,
      filestoreBytes: 'content of one'.length,
      warnings: [],
      warningCount: 0,
    });
    expect(result.databaseBytes).toBeGreaterThan(1_000_000);
    expect(result.storedBytes).toBeGreaterThan(0);
    expect(result.serverVersion).toMatch(/^\d+/);
    const ofFilestore = (await entries())
      .map(({ kind }) => kind)
      .filter((kind) => kind === 'directory' || kind === 'file');
    expect(ofFilestore.toSorted()).toEqual(['directory', 'file']);
    expect(await vault.readHeader(PROJECT, request.snapshotId)).toMatchObject({ tools: { snapback: '0.1.0' } });
    const [first] = await ofDatabase();
    if (!first || !('content' in first)) throw new Error('The database does not come first.');
    const archive = Buffer.concat(await collect(vault.readContent(PROJECT, first.content)));
    expect(archive.subarray(0, 5).toString()).toBe('PGDMP');
  });

  it('captures a database alone', async () => {
    const { filestore: _, ...alone } = request;
    const updates: ProgressUpdate[] = [];
    const progress = { report: (update: ProgressUpdate) => void updates.push(update) };
    expect(await capture(alone, vault, { ...silent, progress })).toMatchObject({
      fileCount: null,
      filestoreBytes: null,
    });
    expect(await ofDatabase()).toEqual(await entries());
    expect([...new Set(updates.map((update) => update.phase))]).toEqual(['prepare', 'database', 'publish']);
  });

  it('has every file that a captured row names, and no row newer than the cut', async () => {
    await attach('before');
    let wrote = false;
    const busy = vaultThat(async () => {
      await attach('meanwhile');
      wrote = true;
    });
    await capture(request, busy, silent);
    expect(wrote).toBe(true);
    const text = await textOfDatabase();
    expect(text.includes('before\n')).toBe(true);
    expect(text.includes('meanwhile')).toBe(false);
    const paths = (await entries()).map((entry) => ('path' in entry ? entry.path : entry.kind));
    expect(paths).toContain('utf8:before');
  });

  it('never has a row without its file while an application writes', { timeout: 60_000 }, async () => {
    const stop = new AbortController();
    const counts: number[] = [];
    await attach('file-0');
    const application = (async () => {
      for (let n = 1; !stop.signal.aborted; n += 1) await attach(`file-${n}`);
    })();
    try {
      for (let round = 0; round < usually(2, 5); round += 1) {
        request = { ...request, snapshotId: randomUUID() };
        await capture(request, vault, silent);
        const rows = (await textOfDatabase()).toString('latin1').match(/file-\d+(?=\n)/g) ?? [];
        const files = new Set((await entries()).map((entry) => ('path' in entry ? entry.path : '')));
        expect(rows.filter((row) => !files.has(`utf8:${row}`))).toEqual([]);
        counts.push(rows.length);
      }
      expect(counts[0]).toBeGreaterThan(0);
      expect(counts.at(-1)).toBeGreaterThan(counts[0]!);
    } finally {
      stop.abort();
      await application;
    }
  });

  it('reports the phases one after the other, though both are read at once', async () => {
    for (let n = 0; n < 20; n += 1) await scratch.file(`store/${n}`);
    await query(
      database.address,
      `CREATE TABLE big AS SELECT repeat(md5(n::text), 50) FROM generate_series(1, 3000) n`,
    );
    const updates: ProgressUpdate[] = [];
    await capture(request, vault, { ...silent, progress: { report: (update) => void updates.push(update) } });
    const phases = updates.map((update) => update.phase);
    expect(phases.filter((phase, index) => phase !== phases[index - 1])).toEqual([
      'prepare',
      'database',
      'filestore',
      'publish',
    ]);
    expect(updates.findLast((update) => update.phase === 'filestore')).toMatchObject({ filesDone: 20, filesTotal: 20 });
    const lastOfDatabase = updates.findLast((update) => update.phase === 'database')!;
    expect(lastOfDatabase.bytesDone).toBe(lastOfDatabase.bytesTotal);
  });

  it('fails with the reason of the database, and has published nothing', async () => {
    await scratch.file('store/a');
    await query(database.admin, 'CREATE TABLE secret (id int)');
    await expect(capture(request, vault, silent)).rejects.toMatchObject({ code: 'database-permission-denied' });
    await expectNothing();
  });

  it('fails with the reason of the filestore, and ends the dump for it', async () => {
    await query(
      database.address,
      `CREATE TABLE big AS SELECT n, repeat(md5(n::text), 20) AS filler FROM generate_series(1, 10000) n`,
    );
    const filestore = scratch.path('nothing');
    await expect(capture({ ...request, filestore }, vault, silent)).rejects.toMatchObject({
      code: 'filestore-missing',
    });
    await expectNothing();
  });

  it('fails before it writes when the database cannot be reached', async () => {
    const address = { ...database.address, port: 1 };
    const captured = capture({ ...request, database: address }, vault, silent);
    await expect(captured).rejects.toMatchObject({ code: 'database-unreachable' });
    await expectNothing();
    expect(await place.capturesUnderWay()).toBe(0);
  });

  it('stops with the reason it is aborted for, and leaves no process behind', async () => {
    for (let n = 0; n < 50; n += 1) await writeFile(scratch.path('store', `${n}`), 'x');
    const stop = new AbortController();
    const reason = new Error('the deployment took too long');
    const stopping = vaultThat(async () => stop.abort(reason));
    await expect(capture(request, stopping, { ...silent, signal: stop.signal })).rejects.toBe(reason);
    await expectNothing();
  });

  it('lets go of the database when its last row is read, and not when the last file is', async () => {
    await attach('one');
    const { slow, reached, goOn } = vaultWithSlowFiles();
    const capturing = capture(request, slow, silent);
    try {
      await reached;
      // Fails when it has to wait for the files: they go on when this is done.
      await query(database.address, `SET lock_timeout = '10s'; ALTER TABLE attachment ADD COLUMN size int`);
      const held = await query(
        database.admin,
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'snapback%'`,
      );
      expect(held).toEqual([]);
    } finally {
      goOn();
      await capturing;
    }
    expect((await entries()).filter(({ kind }) => kind === 'file')).toHaveLength(1);
  });
});
