import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { libpqEnvironment } from '../../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram, type ProgramName } from '../../../src/engine/postgres/programs/programs.js';
import { silentProgress } from '../../../src/engine/progress.js';
import { projectKeyFile } from '../../../src/vault/format/object-keys.js';
import { describeTree } from '../../harness/compare-trees.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { makeVault, newId, type VaultFixture } from '../pack-vault/fixture.js';

const READER = join(import.meta.dirname, '../../vault-reader');
const LOADER = join(import.meta.dirname, '../../harness/typescript-imports.mjs');
const MIB = 1024 * 1024;
const context = { signal: new AbortController().signal, progress: silentProgress };

const SQL = `
  CREATE SCHEMA "odd ""name""";
  CREATE DOMAIN "odd ""name""".positive AS int CHECK (VALUE > 0);
  CREATE TYPE mood AS ENUM ('fine', 'so, so');
  CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL, mood mood DEFAULT 'fine', tags text[], photo bytea,
                         upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
  CREATE TABLE "odd ""name"""."order lines" (customer int REFERENCES customer, amount "odd ""name""".positive, paid interval,
                                              at timestamptz DEFAULT '2024-02-29 12:00:00.123456+02');
  CREATE TABLE nothing ();
  CREATE TABLE empty (a int);
  INSERT INTO customer (name, tags, photo)
    SELECT E'tab\\there \\\\. line\\nend ' || i || repeat(md5(i::text), 20),
           ARRAY['a', NULL, '"', ''], decode(md5(i::text), 'hex') FROM generate_series(1, 8000) i;
  INSERT INTO customer (name, mood) VALUES ('\\.', 'so, so'), ('', NULL);
  INSERT INTO "odd ""name"""."order lines" (customer, amount, paid)
    SELECT i, i, make_interval(secs => i * 1.5) FROM generate_series(1, 500) i;
  INSERT INTO nothing SELECT FROM generate_series(1, 3);
  CREATE INDEX ON customer (upper_name);
  CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) FROM "odd ""name"""."order lines" GROUP BY 1;
  CREATE MATERIALIZED VIEW last AS SELECT max(customer) FROM totals;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := NEW.name || ''!''; RETURN NEW; END';
  CREATE TRIGGER touch BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION touch();
  COMMENT ON TABLE customer IS 'who buys';
  GRANT SELECT ON customer TO PUBLIC;
  SELECT lo_from_bytea(4711, decode(repeat('c0ffee', 5000), 'hex'));
  SELECT setval('customer_id_seq', 77777);`;

let fixture: VaultFixture;
let database: TestDatabase;
let root: string;
const project = newId();
const [full, differential] = [newId(), newId()];

/** What both halves were at the moment of each snapshot. */
const before = new Map<string, { tree: string[]; dump: string[] }>();

beforeAll(async () => {
  fixture = await makeVault();
  database = await createTestDatabase();
  root = await mkdtemp(join(tmpdir(), 'snapback-test-reader-'));
  await makeFiles(join(root, 'files'));
  await query(database.address, SQL);
  await take(full);
  await query(
    database.address,
    `UPDATE customer SET name = 'changed' WHERE id = 5000; DELETE FROM nothing; INSERT INTO empty VALUES (1)`,
  );
  await writeFile(join(root, 'files', 'sub', 'new.txt'), 'new');
  await rm(join(root, 'files', 'empty'));
  await take(differential, full);
}, 180_000);

afterAll(async () => {
  await database.drop();
  await fixture.remove();
  await rm(root, { recursive: true, force: true });
});

async function makeFiles(files: string): Promise<void> {
  await mkdir(join(files, 'sub', 'deeper'), { recursive: true });
  await writeFile(join(files, 'small.txt'), 'small');
  await writeFile(join(files, 'empty'), '');
  await writeFile(join(files, 'sub', 'large.bin'), randomBytes(11 * MIB));
  await writeFile(join(files, 'sub', 'same.bin'), Buffer.alloc(9 * MIB, 'a'));
  await writeFile(join(files, 'sub', 'deeper', 'ünïcode \n name'), 'odd');
  const latin = Buffer.concat([Buffer.from(join(files, 'sub', 'deeper', 'b')), Buffer.from([0xe9])]);
  await writeFile(latin, 'no UTF-8');
  await utimes(latin, 1_600_000_000, 1_600_000_000);
  await symlink('../no/where', join(files, 'sub', 'link'));
  const holes = await open(join(files, 'holes.bin'), 'w');
  await holes.write(Buffer.alloc(70_000, 'x'), 0, 70_000, 3 * MIB);
  await holes.write('end', 40 * MIB);
  await holes.truncate(50 * MIB);
  await holes.close();
  await chmod(join(files, 'small.txt'), 0o4750);
  await chmod(join(files, 'sub', 'deeper'), 0o700);
  await utimes(join(files, 'small.txt'), 1, -86_400);
  await utimes(join(files, 'sub'), 1_000_000_000, 1_000_000_000.5);
}

async function take(snapshotId: string, base?: string): Promise<void> {
  const filestore = join(root, 'files');
  before.set(snapshotId, { tree: await describeTree(filestore), dump: await dumpOf(database.address) });
  const request = { project, snapshotId, database: database.address, filestore };
  const taken = await capture({ ...request, ...(base && { base: { snapshotId: base } }) }, fixture.vault, context);
  expect(taken.type).toBe(base === undefined ? 'full' : 'differential');
}

/** Runs one of PostgreSQL's programs on a database. */
async function run(name: ProgramName, address: DatabaseAddress, args: string[]): Promise<string> {
  const { path } = await findProgram(name);
  const env = { ...libpqEnvironment(address), PGDATABASE: address.database };
  const { stdout } = await promisify(execFile)(path, args, { env, maxBuffer: 1024 * MIB });
  return stdout;
}

/** In lines, sorted: the order of rows is no part of a state. Without the words that differ each time. */
async function dumpOf(address: DatabaseAddress): Promise<string[]> {
  const dump = await run('pg_dump', address, ['--format=plain', '--exclude-schema=snapback']);
  return dump
    .replaceAll(/^\\(un)?restrict .*$/gm, '')
    .split('\n')
    .toSorted();
}

/** The first few lines that only one of them has. */
function differences(one: readonly string[], other: readonly string[]): string[] {
  const [inOne, inOther] = [new Set(one), new Set(other)];
  const more = one.length === other.length ? [] : [`${one.length} lines, ${other.length} lines`];
  const only = [...one.filter((line) => !inOther.has(line)), ...other.filter((line) => !inOne.has(line))];
  return [...more, ...only.slice(0, 5)];
}

interface Read {
  code: number;
  said: string;
  target: string;
}

async function read(snapshot: string, masterKey = fixture.masterKey.bytes.toString('base64')): Promise<Read> {
  const target = join(root, `read-${newId()}`);
  const program = [
    ...['--no-warnings', '--experimental-transform-types', '--import', LOADER, join(READER, 'main.ts')],
    ...[fixture.root, project, snapshot, target],
  ];
  const child = spawn(process.execPath, program, { env: { PATH: process.env['PATH'], VAULT_MASTER_KEY: masterKey } });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said, target };
}

/** As docs/vault-format.md says under "By hand". */
async function restoreByHand(target: string): Promise<TestDatabase> {
  const properties = JSON.parse(await readFile(join(target, 'properties.json'), 'utf8')) as Record<string, string>;
  const { encoding, collate, ctype } = properties;
  const restored = await createTestDatabase({
    owner: database.address.user,
    password: database.address.password,
    options: `ENCODING '${encoding}' LC_COLLATE '${collate}' LC_CTYPE '${ctype}'`,
  });
  const restore = (section: string) =>
    run('pg_restore', restored.address, [
      ...['--exit-on-error', `--section=${section}`, `--dbname=${restored.address.database}`],
      join(target, 'definitions.archive'),
    ]);
  const script = (name: string) =>
    run('psql', restored.address, ['--no-psqlrc', '--set=ON_ERROR_STOP=1', `--file=${join(target, name)}`]);
  await restore('pre-data');
  await script('rows.sql');
  await script('sequences.sql');
  await restore('data');
  await restore('post-data');
  await script('views.sql');
  return restored;
}

// Many programs one after the other.
describe('a reader written from docs/vault-format.md alone', { timeout: 180_000 }, () => {
  it('has nothing of the project in it', async () => {
    for (const file of await readdir(READER)) {
      const text = await readFile(join(READER, file), 'utf8');
      for (const [, from = ''] of text.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)) {
        expect(from).toMatch(/^node:|^\.\/[a-z]+\.js$/);
      }
    }
  });

  it.each([
    ['a full snapshot', full],
    ['a differential one', differential],
  ])('puts %s together, files and database', async (_, snapshot) => {
    const { code, said, target } = await read(snapshot);
    expect([code, said]).toEqual([0, '']);
    const was = before.get(snapshot)!;
    expect(await describeTree(join(target, 'files'))).toEqual(was.tree);
    const restored = await restoreByHand(target);
    expect(differences(was.dump, await dumpOf(restored.address))).toEqual([]);
    expect(await query(restored.address, 'SELECT max FROM last')).toEqual([{ max: 500 }]);
  });

  it('keeps the holes of a file', async () => {
    const { target } = await read(full);
    const { stdout } = await promisify(execFile)('du', ['--block-size=1', join(target, 'files', 'holes.bin')]);
    expect(Number(stdout.split('\t')[0])).toBeLessThan(MIB);
  });

  it('fails with another master key, another project’s key file, a manifest of another snapshot, one cut off and one altered', async () => {
    expect(await read(full, randomBytes(32).toString('base64'))).toMatchObject({ code: 1 });

    const manifests = join(fixture.root, 'projects', project, 'manifests');
    const attempt = async (snapshot: string): Promise<string> =>
      join(manifests, snapshot, (await readdir(join(manifests, snapshot)))[0]!);
    const [file, other] = [await attempt(full), await attempt(differential)];
    const [bytes, others] = [await readFile(file), await readFile(other)];
    const replaced = async (path: string, by: Buffer): Promise<Read> => {
      const was = await readFile(path);
      await rm(path);
      await writeFile(path, by);
      const result = await read(full);
      await rm(path);
      await writeFile(path, was);
      return result;
    };
    const altered = Buffer.from(bytes);
    altered[altered.length >> 1]! ^= 1;
    for (const wrong of [others, bytes.subarray(0, -1), bytes.subarray(0, -20), altered]) {
      expect(await replaced(file, wrong)).toMatchObject({ code: 1 });
    }
    const strange = newId();
    const header = { snapshotId: newId(), createdAt: new Date().toISOString(), tools: {} };
    await (await fixture.vault.beginCapture(strange, header)).discard();
    const strangers = await readFile(join(fixture.root, projectKeyFile(strange)));
    expect(await replaced(join(fixture.root, projectKeyFile(project)), strangers)).toMatchObject({ code: 1 });
    expect(await read(full)).toMatchObject({ code: 0 });
  });
});
