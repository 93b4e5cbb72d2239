import {
  chmod,
  lutimes,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRoleAndDatabase } from '../src/database/embedded/create-role-and-database.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/database/embedded/embedded-postgres.js';
import { compareFingerprints } from './fingerprint/compare.js';
import { splitDump } from './fingerprint/definitions.js';
import { type Fingerprint, fingerprintEnvironment } from './fingerprint/fingerprint.js';

/** Times that none of the changes below leaves in place by accident. */
const LATER = new Date('2024-09-10T11:12:13.456Z');
const THEN = new Date('2024-05-06T07:08:09.123Z');

describe('the comparison of two environments', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let url: string;
  let tree: string;
  let client: Client;
  /** As the change before left it. */
  let last: Fingerprint;

  beforeAll(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'snapback-fingerprint-')));
    await chmod(directory, 0o755);
    tree = join(directory, 'tree');
    postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres') });
    await createRoleAndDatabase(postgres.url, { role: 'owner', password: 'secret', database: 'erp', createdb: true });
    url = `postgresql://owner:secret@127.0.0.1:${postgres.port}/erp`;
    client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`
      CREATE TABLE parts (id int PRIMARY KEY, name text, price float8, seen timestamptz);
      INSERT INTO parts SELECT i, 'part ' || i % 10, i / 3.0, '2026-01-01' FROM generate_series(1, 1000) AS i;
      CREATE TABLE "odd ""name" (hash text); INSERT INTO "odd ""name" VALUES ('twice'), ('twice');
      CREATE SEQUENCE counter; CREATE TYPE mood AS ENUM ('calm');
      CREATE VIEW cheap AS SELECT * FROM parts WHERE price < 10;
      CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM parts;
      CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
      SELECT lo_from_bytea(4242, 'large');`);
    await mkdir(join(tree, 'ab'), { recursive: true });
    await writeFile(join(tree, 'ab', 'file'), 'content');
    await writeFile(join(tree, 'ab', 'empty'), '');
    await writeFile(Buffer.concat([Buffer.from(`${tree}/ab/`), Buffer.from([0xff, 0x0a])]), 'odd');
    await symlink('file', join(tree, 'ab', 'link'));
    last = await fingerprint();
  });

  afterAll(async () => {
    await client.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  });

  function fingerprint() {
    return fingerprintEnvironment({ url, filestorePath: tree });
  }

  async function differencesAfter(change: () => Promise<unknown>): Promise<string[]> {
    const before = last;
    await change();
    last = await fingerprint();
    return compareFingerprints(before, last);
  }

  it('finds nothing where nothing has changed', async () => {
    expect(await differencesAfter(async () => undefined)).toEqual([]);
  });

  it('finds nothing where only the place of rows has changed', async () => {
    expect(await differencesAfter(() => client.query('VACUUM FULL parts'))).toEqual([]);
    expect(await differencesAfter(() => client.query('UPDATE parts SET id = id WHERE id % 2 = 0'))).toEqual([]);
  });

  it.each([
    [
      'a changed value',
      `UPDATE parts SET name = 'Part 7' WHERE id = 500`,
      'The table public.parts still has 1000 rows, and at least one of them has changed.',
    ],
    [
      'a value that became NULL',
      `UPDATE parts SET name = NULL WHERE id = 501`,
      'The table public.parts still has 1000 rows, and at least one of them has changed.',
    ],
    [
      'the last bit of a number',
      `UPDATE parts SET price = price + 1e-13 WHERE id = 500`,
      'The table public.parts still has 1000 rows, and at least one of them has changed.',
    ],
    [
      'two values that changed places',
      `UPDATE parts SET name = CASE id WHEN 1 THEN 'part 2' ELSE 'part 1' END WHERE id IN (1, 2)`,
      'The table public.parts still has 1000 rows, and at least one of them has changed.',
    ],
    ['a deleted row', `DELETE FROM parts WHERE id = 1000`, 'The table public.parts had 1000 rows and has 999.'],
    [
      'one of two equal rows',
      `INSERT INTO "odd ""name" VALUES ('twice')`,
      'The table public.odd "name had 2 rows and has 3.',
    ],
    [
      'a sequence',
      `SELECT nextval('counter')`,
      'The sequence public.counter changed from "1 (not used)" to "1 (used)".',
    ],
    [
      'a materialized view',
      `REFRESH MATERIALIZED VIEW counted`,
      'The table public.counted still has 1 rows, and at least one of them has changed.',
    ],
    ['a large object', `SELECT lo_put(4242, 0, 'L')`, 'The large object 4242 has changed.'],
    [
      'a view',
      `CREATE OR REPLACE VIEW cheap AS SELECT * FROM parts WHERE price < 11`,
      'The definition "cheap; Type: VIEW; Schema: public; Owner: owner" has changed.',
    ],
    [
      'a function',
      `CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n + n'`,
      'The definition "twice(integer); Type: FUNCTION; Schema: public; Owner: owner" has changed.',
    ],
    [
      'an enum label',
      `ALTER TYPE mood ADD VALUE 'merry'`,
      'The definition "mood; Type: TYPE; Schema: public; Owner: owner" has changed.',
    ],
    [
      'an index',
      `CREATE INDEX parts_name ON parts (name)`,
      'The definition "parts_name; Type: INDEX; Schema: public; Owner: owner" is new.',
    ],
    [
      'a default',
      `ALTER TABLE parts ALTER name SET DEFAULT 'none'`,
      'The definition "parts; Type: TABLE; Schema: public; Owner: owner" has changed.',
    ],
    [
      'a privilege',
      `GRANT SELECT ON parts TO PUBLIC`,
      'The definition "TABLE parts; Type: ACL; Schema: public; Owner: owner" is new.',
    ],
    [
      'a setting of the database',
      `ALTER DATABASE erp SET work_mem = '5MB'`,
      `The database's settings changed from "" to "all: {work_mem=5MB}".`,
    ],
    [
      'a privilege on the database',
      `REVOKE TEMPORARY ON DATABASE erp FROM PUBLIC`,
      `The database's privileges changed from "=Tc/owner, owner=CTc/owner" to "=c/owner, owner=CTc/owner".`,
    ],
  ])('finds %s', async (_, sql, sentence) => {
    expect(await differencesAfter(() => client.query(sql))).toEqual([sentence]);
  });

  it('finds a dropped table, with its definition', async () => {
    expect(await differencesAfter(() => client.query('DROP TABLE "odd ""name"'))).toEqual([
      expect.stringMatching(/^The definition "odd "name; Type: TABLE; .*" is missing\.$/),
      'The table public.odd "name is missing.',
    ]);
  });

  const file = () => join(tree, 'ab', 'file');
  it.each<[string, () => Promise<unknown>, RegExp[]]>([
    [
      'a changed byte, though size and time are the same',
      () => keepingTimes(file(), () => writeFile(file(), 'Content')),
      [/^The file ab\/file has changed its content\.$/],
    ],
    ['a mode', () => chmod(file(), 0o600), [/^The file ab\/file had the mode 644 and has 600\.$/]],
    [
      'a time',
      () => utimes(file(), LATER, LATER),
      [/^The file ab\/file was modified at .* and is said to have been at 2024-09-10T11:12:13\.456Z/],
    ],
    ['a removed file', () => unlink(file()), [/^The file ab\/file is missing\.$/, /^The directory ab was modified/]],
    ['a new file', () => writeFile(file(), ''), [/^The file ab\/file is new\.$/, /^The directory ab was modified/]],
    [
      'a new name',
      () => rename(file(), `${file()}2`),
      [/ab\/file is missing/, /ab\/file2 is new/, /^The directory ab/],
    ],
    [
      'an empty directory',
      () => mkdir(join(tree, 'ab', 'cd')),
      [/^The directory \. |^The directory ab was modified/, /^The directory ab\/cd is new\.$/],
    ],
    ['the time of a link', () => lutimes(join(tree, 'ab', 'link'), THEN, THEN), [/^The symlink ab\/link was modified/]],
    [
      'the target of a link',
      () => retarget(join(tree, 'ab', 'link')),
      [/^The symlink ab\/link has changed its content\.$/, /^The directory ab was modified/],
    ],
    [
      'a file with a name that is no text',
      () => writeFile(Buffer.concat([Buffer.from(`${tree}/ab/`), Buffer.from([0xff, 0x0a])]), 'Odd'),
      [/^The file ab\/\\xff\\x0a has changed its content\.$/],
    ],
    [
      'a file that became a directory',
      () => unlink(join(tree, 'ab', 'empty')).then(() => mkdir(join(tree, 'ab', 'empty'))),
      [/^The file ab\/empty is missing\.$/, /^The directory ab was modified/, /^The directory ab\/empty is new\.$/],
    ],
    ['a time of the root', () => utimes(tree, THEN, THEN), [/^The directory \. was modified/]],
  ])('finds %s', async (_, change, sentences) => {
    const differences = await differencesAfter(change);

    expect(differences).toEqual(sentences.map((sentence) => expect.stringMatching(sentence)));
  });

  it('does not fall for what differs from dump to dump', () => {
    const dump = (version: string, token: string) =>
      `--\n-- PostgreSQL database dump\n--\n\n\\restrict ${token}\n\n-- Dumped from database version ${version}\n-- Dumped by pg_dump version ${version}\n\nSET lock_timeout = 0;\n\n`;
    const one = `--\n-- Name: a; Type: TABLE; Schema: public; Owner: o\n--\n\nCREATE TABLE a (x int);\n\n\n`;
    const two = `--\n-- Name: b; Type: TABLE; Schema: public; Owner: o\n--\n\nCREATE TABLE b (x int);\n\n\n`;
    const end = `--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict`;
    const settings = `SET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n`;

    expect(splitDump(`${dump('15.1', 'abc')}${settings}${one}${two}${end} abc\n`)).toEqual(
      splitDump(`${dump('15.2', 'xyz')}${settings}${two}${one}${end} xyz\n`),
    );
  });
});

async function keepingTimes(path: string, change: () => Promise<unknown>): Promise<void> {
  await utimes(path, THEN, THEN);
  await readFile(path);
  await change();
  await utimes(path, THEN, THEN);
}

async function retarget(path: string): Promise<void> {
  await unlink(path);
  await symlink('elsewhere', path);
}
