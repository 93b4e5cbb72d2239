import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { libpqEnvironment } from '../../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';
import { silentProgress } from '../../../src/engine/progress.js';
import { extract } from '../../../src/disaster-recovery/extract.js';
import { MasterKey } from '../../../src/vault/keys/master-key.js';
import type { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { runVaultCommand } from '../../../src/vault/cli/run-vault-command.js';
import { differences, inWords } from '../../corpus/compare.js';
import { describe as describeDatabase } from '../../corpus/describe.js';
import { describeTree } from '../../harness/compare-trees.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { ODD_DATABASE } from './odd-database.sql.js';
import { inParts, makeVault, newId, type VaultFixture } from '../pack-vault/fixture.js';

const MIB = 1024 * 1024;
const context = { signal: new AbortController().signal, progress: silentProgress };
const [project, environment] = [newId(), newId()];
const parts = { database: true, filestore: true };
const [full, differential] = [newId(), newId()];

let fixture: VaultFixture;
let database: TestDatabase;
let root: string;
/** What both halves were at the moment of each snapshot. */
const before = new Map<string, { tree: string[]; database: Map<string, string> }>();

beforeAll(async () => {
  fixture = await makeVault();
  database = await createTestDatabase();
  root = await mkdtemp(join(tmpdir(), 'snapback-test-extract-'));
  await makeFiles(join(root, 'files'));
  await query(database.admin, ODD_DATABASE(database.address.user, database.address.database));
  await take(full);
  await query(
    database.admin,
    `UPDATE app.customer SET name = 'changed' WHERE id = 500; INSERT INTO app.empty VALUES (1)`,
  );
  await writeFile(join(root, 'files', 'sub', 'new.txt'), 'new');
  await take(differential, full);
}, 180_000);

afterAll(async () => {
  await database.drop();
  await fixture.remove();
  await rm(root, { recursive: true, force: true });
});

async function makeFiles(files: string): Promise<void> {
  await mkdir(join(files, 'sub', 'deeper'), { recursive: true });
  for (let number = 0; number < 200; number += 1) await writeFile(join(files, `small-${number}`), `content ${number}`);
  await writeFile(join(files, 'empty'), '');
  await writeFile(join(files, 'large.bin'), Buffer.alloc(9 * MIB, 'ab\n'));
  await writeFile(join(files, 'sub', 'n'.repeat(200)), 'a name that no old header of an archive takes');
  const latin = Buffer.concat([Buffer.from(join(files, 'sub', 'deeper', 'b\nc')), Buffer.from([0xe9])]);
  await writeFile(latin, 'no UTF-8');
  await utimes(latin, 1_600_000_000, 1_600_000_000.123456);
  await symlink('../no/where', join(files, 'sub', 'link'));
  await symlink(`/${'t'.repeat(150)}`, join(files, 'sub', 'long-link'));
  const holes = await open(join(files, 'holes.bin'), 'w');
  await holes.write(Buffer.alloc(70_000, 'x'), 0, 70_000, 3 * MIB);
  await holes.truncate(50 * MIB);
  await holes.close();
  await chmod(join(files, 'empty'), 0o4750);
  await chmod(join(files, 'sub', 'deeper'), 0o500);
  await utimes(join(files, 'sub'), 1_000_000_000, 1_000_000_000.5);
}

async function take(snapshotId: string, base?: string): Promise<void> {
  const filestore = join(root, 'files');
  const described = await describeDatabase(database.admin);
  before.set(snapshotId, { tree: await describeTree(filestore), database: described });
  const origin = {
    organization: 'acme',
    project: { id: project, name: 'shop' },
    environment: { id: environment, name: 'live\u001b[2J', type: 'production', pool: 'default', labels: {}, ...parts },
    ...{ trigger: 'manual', label: 'before 17.0', requestedBy: 'alice', requestedAt: new Date(0).toISOString() },
  };
  const request = { project, snapshotId, database: database.admin, filestore, origin };
  const taken = await capture({ ...request, ...(base && { base: { snapshotId: base } }) }, fixture.vault, context);
  expect(taken.type).toBe(base === undefined ? 'full' : 'differential');
}

async function vault(...argv: string[]): Promise<{ status: number; said: string }> {
  return vaultWith(fixture.masterKey, ...argv);
}

async function vaultWith(masterKey: MasterKey, ...argv: string[]): Promise<{ status: number; said: string }> {
  const lines: string[] = [];
  const { backend } = fixture;
  const store = async () => ({
    ...{ backend, masterKey, close: async () => undefined },
    extract: (request: Parameters<typeof extract>[1], work: Parameters<typeof extract>[2]) =>
      extract({ backend, masterKey }, request, work),
  });
  const access = () => Promise.reject(new Error('No catalogue may be opened.'));
  const status = await runVaultCommand(argv, { access, store }, (line) => lines.push(line));
  return { status, said: lines.join('\n') };
}

describe('a list by the objects and the key alone', () => {
  it('says where each snapshot comes from, when it was taken and how large it is, for people and for machines', async () => {
    const { status, said } = await vault('list');
    expect(status).toBe(0);
    const lines = said.split('\n');
    expect(lines[0]).toBe(`Project "shop" ${project}, organization "acme"`);
    expect(lines[1]).toBe(`  Environment "live\\u001b[2J" ${environment}, production: a database and a filestore`);
    expect(lines[2]).toMatch(new RegExp(`^    ${full}  \\S+Z  full +manual +database .*, 205 files .*"before 17.0"$`));
    expect(lines[3]).toMatch(new RegExp(`^    ${differential}  \\S+Z  differential +manual +database .*, 206 files`));
    expect(lines.at(-1)).toBe('2 snapshots.');
    const machines = (await vault('list', '--json', '--project', project)).said.split('\n');
    const values = machines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(values.map(({ type }) => type)).toEqual(['project', 'environment', 'snapshot', 'snapshot', 'total']);
    expect(values[3]).toMatchObject({
      ...{ snapshot: differential, environment, snapshotType: 'differential', baseSnapshotId: full },
      ...{ trigger: 'manual', label: 'before 17.0', requestedBy: 'alice', fileCount: 206, findings: [] },
    });
    // One that has no key is no project.
    const unknown = await vault('list', '--project', newId());
    expect([unknown.status, unknown.said]).toEqual([1, expect.stringContaining('holds no key of project')]);
  });

  it('hides nothing that it cannot read: a damaged manifest, a key that is the wrong one', async () => {
    const other = MasterKey.fromBase64(randomBytes(32).toString('base64'));
    const wrong = await vaultWith(other, 'list');
    expect([wrong.status, wrong.said]).toEqual([
      1,
      expect.stringContaining(`unreadable: projects/${project}/key.json`),
    ]);
    const manifests: string[] = [];
    for await (const { key } of fixture.backend.list(`projects/${project}/manifests/${full}/`)) manifests.push(key);
    const path = join(fixture.root, manifests[0]!);
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, -1));
    try {
      const damaged = await vault('list');
      expect(damaged.status).toBe(1);
      expect(damaged.said).toContain(`unreadable: ${manifests[0]}: The manifest of snapshot ${full} is damaged`);
      expect(damaged.said.split('\n').at(-1)).toBe('1 snapshots, 1 objects cannot be read.');
      expect((await vault('extract', '--snapshot', full, '--to', join(root, 'damaged'))).status).toBe(1);
    } finally {
      await writeFile(path, whole);
    }
  });
});

/** Runs the script on the server of the source, as its superuser or as another role. */
async function load(directory: string, target: DatabaseAddress, ...options: string[]): Promise<string> {
  const { path } = await findProgram('pg_restore');
  const env = { ...libpqEnvironment(target), PATH: process.env['PATH'], PG_BIN: dirname(path), TMPDIR: root };
  const script = join(directory, 'database', 'load.sh');
  const { stdout, stderr } = await promisify(execFile)(script, [...options, target.database], { env });
  return stdout + stderr;
}

describe('a snapshot taken out of the vault by its objects and the key alone', { timeout: 120_000 }, () => {
  it.each([
    ['full', full],
    ['differential', differential],
  ])('is all there when it is %s: its files, and its database loaded by psql and pg_restore', async (_, snapshot) => {
    const to = join(root, `out-${snapshot}`);
    const { status, said } = await vault('extract', '--snapshot', snapshot, '--to', to);
    expect([status, said]).toEqual([0, expect.stringContaining('Every content is what it was captured as.')]);
    expect((await readdir(to)).toSorted()).toEqual(['database', 'files', 'snapshot.json']);
    const was = before.get(snapshot)!;
    expect(await describeTree(join(to, 'files'))).toEqual(was.tree);
    expect((await stat(join(to, 'files', 'holes.bin'))).blocks * 512).toBeLessThan(2 * MIB);

    const copy = { ...database.admin, database: newName() };
    try {
      expect(await load(to, copy, '--create')).toContain('All is loaded');
      const is = named(await describeDatabase(copy), copy.database);
      expect(differences(named(was.database, database.address.database), is).map(inWords)).toEqual([]);
      await expect(load(to, copy)).rejects.toThrow('is not empty');
    } finally {
      await query({ ...copy, database: 'postgres' }, `DROP DATABASE IF EXISTS ${copy.database}`);
    }
  });

  it('is loaded by a role that is no superuser as well, and all belongs to it then', async () => {
    const to = join(root, 'for-a-role');
    expect((await vault('extract', '--snapshot', full, '--to', to)).status).toBe(0);
    const role = newName();
    const copy = await createTestDatabase({ owner: role, name: newName() });
    try {
      const loaded = await load(to, copy.address);
      expect(loaded).toContain('All is loaded');
      expect(loaded).toContain('warning: not restored, which takes a superuser: EVENT TRIGGER - note');
      const [counted] = await query<{ customers: string; owners: string[] }>(
        copy.address,
        `SELECT (SELECT count(*) FROM app.customer) AS customers,
                array(SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'app') AS owners`,
      );
      expect(counted).toEqual({ customers: '2002', owners: [role] });
    } finally {
      await copy.drop();
    }
  });

  it('names the roles that a server does not have, before anything is loaded', async () => {
    const to = join(root, 'without-roles');
    expect((await vault('extract', '--snapshot', full, '--to', to)).status).toBe(0);
    const gone = newName();
    const roles = join(to, 'database', 'roles.sql');
    await writeFile(roles, (await readFile(roles, 'utf8')).replace('VALUES ', `VALUES ('${gone}'), `));
    const copy = { ...database.admin, database: newName() };
    try {
      await expect(load(to, copy, '--create')).rejects.toThrow(
        new RegExp(`${gone}[^]*does not have these roles; create them, or load with --owners mine`),
      );
      expect(await query(copy, `SELECT FROM pg_namespace WHERE nspname = 'app'`)).toEqual([]);
    } finally {
      await query({ ...copy, database: 'postgres' }, `DROP DATABASE IF EXISTS ${copy.database}`);
    }
  });

  it('stops, with an error, when a file of rows was cut off', async () => {
    const to = join(root, 'cut-off');
    expect((await vault('extract', '--snapshot', full, '--to', to)).status).toBe(0);
    for (const name of await readdir(join(to, 'database', 'data'))) {
      const path = join(to, 'database', 'data', name);
      const text = await readFile(path, 'latin1');
      if (text.split('\n').length === 301)
        await writeFile(path, text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1));
    }
    const copy = { ...database.admin, database: newName() };
    try {
      await expect(load(to, copy, '--create')).rejects.toThrow('has 299 rows, and 300 in the snapshot');
    } finally {
      await query({ ...copy, database: 'postgres' }, `DROP DATABASE IF EXISTS ${copy.database}`);
    }
  });

  it('has its files in an archive that tar unpacks as they were', async () => {
    const to = join(root, 'as-tar');
    expect((await vault('extract', '--snapshot', differential, '--to', to, '--files-as', 'tar')).status).toBe(0);
    const unpacked = join(root, 'unpacked');
    await mkdir(unpacked);
    await promisify(execFile)('tar', ['-xpf', join(to, 'files.tar'), '--same-owner', '-C', unpacked]);
    expect(await describeTree(unpacked)).toEqual(before.get(differential)!.tree);
    expect((await stat(join(unpacked, 'holes.bin'))).blocks * 512).toBeLessThan(2 * MIB);
    expect((await stat(join(to, 'files.tar'))).size).toBeLessThan(14 * MIB);
  });

  it('is never put where something is, and what was given up is known by its name and made anew', async () => {
    const to = join(root, 'taken');
    await mkdir(to);
    await writeFile(join(to, 'mine'), 'mine');
    expect(await vault('extract', '--snapshot', full, '--to', to)).toEqual({
      status: 1,
      said: expect.stringContaining('is not empty') as string,
    });
    await rm(join(to, 'mine'));
    await mkdir(`${to}.partial`);
    await writeFile(join(`${to}.partial`, 'mine'), 'mine');
    expect((await vault('extract', '--snapshot', full, '--to', to)).said).toContain('no unfinished extraction');
    await writeFile(join(`${to}.partial`, 'UNFINISHED'), '');
    expect((await vault('extract', '--snapshot', full, '--to', to)).status).toBe(0);
    expect((await readdir(to)).toSorted()).toEqual(['database', 'files', 'snapshot.json']);
    expect((await stat(to)).mode & 0o777).toBe(0o700);
    await expect(stat(`${to}.partial`)).rejects.toThrow('ENOENT');
    expect((await vault('extract', '--snapshot', full, '--to', join(root, 'not', 'there'))).said).toContain(
      'create it',
    );
    expect((await vault('extract', '--snapshot', newId(), '--to', join(root, 'x'))).said).toContain(
      'holds no snapshot',
    );
  });

  it('is left unfinished, by its name and a file in it, when it is stopped half-way', async () => {
    const to = join(root, 'stopped');
    const stop = new AbortController();
    const { backend, masterKey } = fixture;
    let reads = 0;
    const stopping = new Proxy(backend, {
      get: (target, name: keyof typeof backend) => {
        if (name === 'locks') return target.locks;
        if (name !== 'read') return target[name].bind(target) as unknown;
        return (...read: Parameters<typeof backend.read>) => {
          reads += 1;
          if (reads === 40) stop.abort(new Error('stopped'));
          return backend.read(...read);
        };
      },
    });
    const request = { project, snapshotId: full, to, filesAs: 'tree' as const };
    const work = { done: () => undefined, failure: () => undefined, signal: stop.signal };
    await expect(extract({ backend: stopping, masterKey }, request, work)).rejects.toThrow('stopped');
    await expect(stat(to)).rejects.toThrow('ENOENT');
    expect(await readdir(`${to}.partial`)).toContain('UNFINISHED');
  });

  it('needs only one whole copy of what it consists of, and writes nothing under its name when there is none', async () => {
    const other = await makeVault();
    const [own, again] = [newId(), newId()];
    const content = Buffer.alloc(3 * MIB, 'twice');
    // As if side by side: neither finds what the other one has stored.
    const catalogue = new Proxy(other.catalogue, {
      get: (target, name: keyof PostgresCatalogue) => {
        if (name !== 'packsHolding') return target[name].bind(target) as unknown;
        return async (_: string, ids: readonly Buffer[]) => ids.map(() => null);
      },
    });
    const take = async (snapshotId: string) => {
      const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
      const vault = new PackVault({ backend: other.backend, catalogue, masterKey: other.masterKey });
      const writer = await vault.beginCapture(own, header);
      const root = { mode: 0o755, uid: 0, gid: 0, mtimeNs: '1' };
      await writer.add({ kind: 'directory', path: 'utf8:', ...root });
      const stored = await writer.store(inParts(content));
      await writer.add({ kind: 'file', path: 'utf8:x', ...root, content: stored });
      return writer;
    };
    const writers = [await take(own), await take(again)];
    for (const writer of writers) await writer.publish();
    const packs: string[] = [];
    for await (const { key } of other.backend.list(`projects/${own}/packs/`)) packs.push(key);
    expect(packs.length).toBeGreaterThan(1);
    const outcomes: number[] = [];
    for (const key of packs) {
      const bytes = await other.backend.read(key);
      bytes[200]! ^= 1;
      await writeFile(join(other.root, key), bytes);
      const to = join(root, `copy-${outcomes.length}`);
      const said: string[] = [];
      const work = { done: (line: string) => void said.push(line), failure: () => undefined, signal: context.signal };
      const request = { project: own, snapshotId: own, to, filesAs: 'tree' as const };
      const { size } = await extract(other, request, work).then(
        () => stat(join(to, 'files', 'x')),
        () => ({ size: 0 }),
      );
      outcomes.push(size);
    }
    expect([outcomes[0], outcomes.at(-1)]).toEqual([content.length, 0]);
    expect(await readFile(join(root, 'copy-0', 'files', 'x'))).toEqual(content);
    expect((await readdir(root)).filter((name) => name === `copy-${outcomes.length - 1}`)).toEqual([]);
    await other.remove();
  });
});

const newName = () => `copy_${newId().replaceAll('-', '')}`;

/** A database has its name in what is said of it. */
function named(described: Map<string, string>, name: string): Map<string, string> {
  const entries = [...described].map(([subject, words]) =>
    [subject, words].map((text) => text.replaceAll(name, 'DATABASE')),
  );
  return new Map(entries as [string, string][]);
}
