import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { RestoreFinding } from '../../../src/engine/postgres/capabilities/restore-finding.js';
import { judgeOnServer } from '../../../src/engine/postgres/capabilities/judge-on-server.js';
import { readRequirements } from '../../../src/engine/postgres/capabilities/read-requirements.js';
import type { DatabaseRequirements } from '../../../src/engine/postgres/capabilities/requirements.js';
import { withConnection } from '../../../src/engine/postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { sampleOf } from '../../harness/thorough.js';
import { installationWith } from '../../harness/postgres-installation.js';
import { type PostgresServer, startPostgresServer } from '../../harness/postgres-server.js';
import { FEATURES_SQL } from './restore-database/features.sql.js';

let database: TestDatabase;
let owner: string;
let major: number;
/** Roles and tablespaces a test makes are of the whole server. */
let unique: string;
let afterwards: string[];

beforeEach(async () => {
  database = await createTestDatabase();
  owner = `"${database.address.user}"`;
  unique = database.address.database;
  afterwards = [];
  const rows = await query<{ number: string }>(
    database.admin,
    `SELECT current_setting('server_version_num') AS number`,
  );
  major = Math.floor(Number(rows[0]!.number) / 10_000);
});
afterEach(async () => {
  await database.drop();
  for (const sql of afterwards.toReversed()) await query(inject('postgres'), sql);
});

/** As it is read at a capture, and goes through JSON. */
async function requirementsOf(address: DatabaseAddress): Promise<DatabaseRequirements> {
  const requirements = await withConnection(address, {}, (client) => readRequirements(client, { major }));
  return JSON.parse(JSON.stringify(requirements)) as DatabaseRequirements;
}

async function judged(address = database.address, into: 'same' | 'other' = 'same'): Promise<RestoreFinding[]> {
  const requirements = await requirementsOf(database.admin);
  return withConnection(address, {}, (client) => judgeOnServer(client, requirements, { major, into }));
}

const codes = (findings: RestoreFinding[]) => findings.map(({ code, blocking }) => `${code}${blocking ? '!' : ''}`);

/** What PostgreSQL's own programs say when the owner restores the same database; undefined when they can. */
async function control(): Promise<string | undefined> {
  const run = promisify(execFile);
  const [dump, restore] = await Promise.all([findProgram('pg_dump'), findProgram('pg_restore')]);
  const directory = await mkdtemp(join(tmpdir(), 'snapback-test-control-'));
  const other = `${database.address.database}_control`;
  const at = ({ host, port, user, password }: DatabaseAddress) => ({
    env: { ...process.env, PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password },
  });
  try {
    const archive = join(directory, 'archive');
    await run(dump.path, ['-Fc', '-f', archive, database.address.database], at(database.admin));
    await query(inject('postgres'), `CREATE DATABASE "${other}" TEMPLATE template0 OWNER ${owner}`);
    await run(restore.path, ['--exit-on-error', '-d', other, archive], at(database.address));
    return undefined;
  } catch (error) {
    return (error as { stderr: string }).stderr;
  } finally {
    await rm(directory, { recursive: true });
  }
}

const SIMPLE = 'RETURNS int LANGUAGE sql IMMUTABLE';

/** Things of superusers, each with what is said of it to an owner who is none. */
const SUPERUSERS: [string, string, string[]][] = [
  ['an untrusted extension', 'CREATE EXTENSION dblink', ['extension-needs-superuser!']],
  [
    'a foreign server of an extension',
    'CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING FOR PUBLIC SERVER s',
    ['extension-needs-superuser!', 'foreign-servers-need-superuser!', 'object-owner-membership-missing!'],
  ],
  [
    'a language',
    `CREATE FUNCTION h() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
     CREATE TRUSTED LANGUAGE l HANDLER h; ALTER LANGUAGE l OWNER TO $owner; ALTER FUNCTION h OWNER TO $owner`,
    ['languages-need-superuser!', 'functions-need-superuser!'],
  ],
  [
    'a function in an untrusted language',
    `CREATE FUNCTION f(text) RETURNS text LANGUAGE internal IMMUTABLE STRICT AS 'upper'; ALTER FUNCTION f OWNER TO $owner`,
    ['functions-need-superuser!'],
  ],
  [
    'a leakproof function',
    `CREATE FUNCTION f(int) ${SIMPLE} LEAKPROOF AS 'SELECT $1'; ALTER FUNCTION f OWNER TO $owner`,
    ['leakproof-functions-need-superuser!'],
  ],
  [
    'a function with a support function',
    `CREATE FUNCTION f(int) RETURNS SETOF int LANGUAGE sql IMMUTABLE SUPPORT generate_series_int4_support AS 'SELECT $1'; ALTER FUNCTION f OWNER TO $owner`,
    ['support-functions-need-superuser!'],
  ],
  [
    'an aggregate with an internal state',
    'CREATE AGGREGATE a(numeric) (SFUNC = numeric_avg_accum, STYPE = internal, FINALFUNC = numeric_avg); ALTER AGGREGATE a(numeric) OWNER TO $owner',
    ['aggregates-need-superuser!'],
  ],
  [
    'a base type',
    `CREATE TYPE t; CREATE FUNCTION t_in(cstring) RETURNS t LANGUAGE internal IMMUTABLE STRICT AS 'textin';
     CREATE FUNCTION t_out(t) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
     CREATE TYPE t (INPUT = t_in, OUTPUT = t_out, LIKE = text);
     ALTER TYPE t OWNER TO $owner; ALTER FUNCTION t_in OWNER TO $owner; ALTER FUNCTION t_out OWNER TO $owner`,
    ['functions-need-superuser!', 'types-need-superuser!'],
  ],
  [
    'an operator class',
    `CREATE OPERATOR CLASS c FOR TYPE int4 USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4);
     ALTER OPERATOR CLASS c USING btree OWNER TO $owner; ALTER OPERATOR FAMILY c USING btree OWNER TO $owner`,
    ['operator-classes-need-superuser!', 'operator-families-need-superuser!'],
  ],
  [
    'an operator family',
    'CREATE OPERATOR FAMILY f USING btree; ALTER OPERATOR FAMILY f USING btree OWNER TO $owner',
    ['operator-families-need-superuser!'],
  ],
  [
    'an access method',
    'CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler',
    ['access-methods-need-superuser!'],
  ],
  ['a cast without a function', 'CREATE CAST (int4 AS date) WITHOUT FUNCTION', ['casts-need-superuser!']],
  [
    'a cast between types of the server',
    `CREATE FUNCTION f(boolean) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0'; ALTER FUNCTION f OWNER TO $owner;
     CREATE CAST (boolean AS numeric) WITH FUNCTION f(boolean)`,
    ['casts-need-superuser!'],
  ],
  [
    'a transform',
    'CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal))',
    ['transforms-need-superuser!'],
  ],
  [
    'a text search parser',
    'CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',
    ['text-search-parsers-need-superuser!'],
  ],
  [
    'a text search template',
    'CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)',
    ['text-search-parsers-need-superuser!'],
  ],
  [
    'a foreign data wrapper',
    'CREATE FOREIGN DATA WRAPPER w',
    ['foreign-data-wrappers-need-superuser!', 'object-owner-membership-missing!'],
  ],
  [
    'an event trigger',
    `CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; ALTER FUNCTION f OWNER TO $owner;
     CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()`,
    ['event-triggers-need-superuser!', 'object-owner-membership-missing!'],
  ],
  [
    'a publication of all tables',
    'CREATE PUBLICATION p FOR ALL TABLES',
    ['publications-need-superuser!', 'object-owner-membership-missing!'],
  ],
  [
    'a publication of a schema',
    'CREATE SCHEMA s AUTHORIZATION $owner; CREATE PUBLICATION p FOR TABLES IN SCHEMA s',
    ['publications-need-superuser!', 'object-owner-membership-missing!'],
  ],
];

describe('what only a superuser can create', () => {
  it.each(sampleOf(SUPERUSERS, 4))(
    '%s is told to an owner, whom pg_restore refuses too, and not to a superuser',
    async (_, sql, expected) => {
      await query(database.admin, sql.replaceAll('$owner', owner));

      expect(codes(await judged())).toEqual(expected);
      expect(codes(await judged(database.admin))).toEqual([]);
      expect(await control()).toMatch(
        /permission denied|must be (superuser|owner|member)|only superuser|cannot be internal/i,
      );
    },
  );
});

describe('an owner is told nothing', () => {
  it('of a database that has one of everything else', async () => {
    await query(database.address, FEATURES_SQL);
    await query(
      database.address,
      `CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm;
       CREATE TYPE app.shade AS ENUM ('dark'); CREATE CAST (app.shade AS text) WITH INOUT;
       CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = float8mi);
       CREATE FUNCTION app.add(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
       CREATE OPERATOR app.@+@ (LEFTARG = int, RIGHTARG = int, FUNCTION = app.add);
       CREATE AGGREGATE app.sum_all(int) (SFUNC = app.add, STYPE = int, INITCOND = '0');
       CREATE TEXT SEARCH CONFIGURATION app.words (COPY = simple); CREATE TEXT SEARCH DICTIONARY app.d (TEMPLATE = simple);
       CREATE PUBLICATION some_tables FOR TABLE app.empty; CREATE COLLATION app.c FROM "C";
       CREATE FUNCTION app.settled() RETURNS int LANGUAGE sql SET search_path = app SET work_mem = '1MB' AS 'SELECT 1';
       ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; GRANT SELECT ON app.empty TO PUBLIC;
       GRANT USAGE ON TYPE app.shade TO PUBLIC; REVOKE EXECUTE ON FUNCTION app.add FROM PUBLIC;
       CREATE TABLE app.shade_of (s app.shade DEFAULT 'dark', t text COLLATE "C"); SELECT lo_from_bytea(0, 'x');
       REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE TEMP TABLE passing (id int)`,
    );

    expect(await judged()).toEqual([]);
  });

  it('of an empty one', async () => {
    expect(await judged()).toEqual([]);
  });
});

describe('what a grant mends', () => {
  async function role(options = ''): Promise<string> {
    const name = `r${afterwards.length}_${unique}`;
    await query(inject('postgres'), `CREATE ROLE ${name} ${options}`);
    afterwards.push(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
    return name;
  }

  it('things of a role that ours is no member of', async () => {
    const other = await role();
    const between = await role();
    await query(
      database.admin,
      `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f OWNER TO ${other}`,
    );

    expect(await judged()).toEqual([
      {
        code: 'object-owner-membership-missing',
        message: `function public.f belongs to "${other}", and "${database.address.user}" may not give anything to it; make it a member of that role.`,
        blocking: true,
      },
    ]);
    expect(await control()).toMatch(/must be member of role|permission denied/);
    expect(codes(await judged(database.admin))).toEqual([]);
    expect(codes(await judged(database.address, 'other'))).toEqual([]);
    await query(database.admin, `GRANT ${other} TO ${between}; GRANT ${between} TO ${owner}`);
    expect(codes(await judged())).toEqual([]);
  });

  it.each(
    sampleOf(
      [
        ['table', 'CREATE TABLE t (id int); ALTER TABLE t OWNER TO $other'],
        ['materialised view', 'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; ALTER MATERIALIZED VIEW m OWNER TO $other'],
        ['sequence', 'CREATE SEQUENCE s; ALTER SEQUENCE s OWNER TO $other'],
        ['schema', 'CREATE SCHEMA s AUTHORIZATION $other'],
        ['schema public', 'ALTER SCHEMA public OWNER TO $other'],
        ['enum', `CREATE TYPE e AS ENUM ('a'); ALTER TYPE e OWNER TO $other`],
        ['composite type', 'CREATE TYPE c AS (a int); ALTER TYPE c OWNER TO $other'],
        ['domain', 'CREATE DOMAIN d AS int; ALTER DOMAIN d OWNER TO $other'],
        [
          'operator',
          'CREATE OPERATOR @+@ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl); ALTER OPERATOR @+@ (int, int) OWNER TO $other',
        ],
        [
          'text search configuration',
          'CREATE TEXT SEARCH CONFIGURATION c (COPY = simple); ALTER TEXT SEARCH CONFIGURATION c OWNER TO $other',
        ],
        [
          'statistics',
          'CREATE TABLE t (a int, b int); ALTER TABLE t OWNER TO $owner; CREATE STATISTICS s ON a, b FROM t; ALTER STATISTICS s OWNER TO $other',
        ],
        ['publication', 'CREATE PUBLICATION p; ALTER PUBLICATION p OWNER TO $other'],
        ['large object', 'SELECT lo_create(4711); ALTER LARGE OBJECT 4711 OWNER TO $other'],
      ],
      2,
    ),
  )('a %s of another role', async (_, sql) => {
    const other = await role();
    await query(database.admin, `GRANT CREATE ON DATABASE "${unique}" TO ${other}`);
    await query(database.admin, sql.replaceAll('$other', other).replaceAll('$owner', owner));

    expect(codes(await judged())).toEqual(['object-owner-membership-missing!']);
    await query(database.admin, `GRANT ${other} TO ${owner}`);
    expect(codes(await judged())).toEqual([]);
  });

  it('privileges that somebody else granted, default privileges, and those of the server’s own things: not in the way', async () => {
    const grantee = await role();
    const third = await role();
    await query(
      database.admin,
      `CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${owner}; GRANT SELECT ON t TO ${grantee} WITH GRANT OPTION;
       SET ROLE ${grantee}; GRANT SELECT ON t TO ${third}; RESET ROLE;
       ALTER DEFAULT PRIVILEGES FOR ROLE ${third} GRANT SELECT ON TABLES TO ${grantee};
       REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid) FROM PUBLIC`,
    );

    const findings = await judged();
    expect(codes(findings)).toEqual(['grantor-membership-missing', 'default-privileges', 'system-privileges']);
    expect(findings.map(({ message }) => message).join(' ')).toMatch(/table public\.t.*function pg_catalog\.lo_create/);
    expect(codes(await judged(database.address, 'other'))).toEqual([]);
    await query(database.admin, `GRANT ${grantee}, ${third} TO ${owner}`);
    expect(codes(await judged())).toEqual(['system-privileges']);
    expect(codes(await judged(database.admin))).toEqual([]);
  });

  it('parameters that functions set', async () => {
    await query(
      database.admin,
      `CREATE FUNCTION f() RETURNS int LANGUAGE sql SET log_min_duration_statement = 0 AS 'SELECT 1'; ALTER FUNCTION f OWNER TO ${owner}`,
    );

    expect(codes(await judged())).toEqual(['function-settings-privilege-missing!']);
    expect(await control()).toMatch(/permission denied to set parameter/);
    expect(codes(await judged(database.admin))).toEqual([]);
    if (major < 15) return;
    await query(database.admin, `GRANT SET ON PARAMETER log_min_duration_statement TO ${owner}`);
    afterwards.push('SELECT 1');
    expect(codes(await judged())).toEqual([]);
    await query(database.admin, `REVOKE SET ON PARAMETER log_min_duration_statement FROM ${owner}`);
  });

  it('tablespaces that are there, and may not be created in', async () => {
    const name = `space_${unique}`;
    await query(inject('postgres'), `SET allow_in_place_tablespaces = on`);
    await withConnection(inject('postgres'), {}, async (client) => {
      await client.query('SET allow_in_place_tablespaces = on');
      await client.query(`CREATE TABLESPACE ${name} LOCATION ''`);
    });
    afterwards.push(`DROP TABLESPACE ${name}`);
    await query(database.admin, `CREATE TABLE t (id int) TABLESPACE ${name}; ALTER TABLE t OWNER TO ${owner}`);

    expect(codes(await judged())).toEqual(['tablespace-privilege-missing!']);
    expect(await control()).toMatch(/permission denied for tablespace/);
    await query(database.admin, `GRANT CREATE ON TABLESPACE ${name} TO ${owner}`);
    expect(codes(await judged())).toEqual([]);
    const requirements = await requirementsOf(database.admin);
    await query(database.admin, 'DROP TABLE t');
    await query(inject('postgres'), afterwards.pop()!);
    const gone = await withConnection(database.address, {}, (client) => judgeOnServer(client, requirements, { major }));
    expect(codes(gone)).toEqual(['tablespace-missing']);
    // The database that the control left has one more.
  });
});

describe('what comes back, but not as it was', () => {
  it('members of a trusted extension with other privileges, and those that were altered', async () => {
    await query(database.address, 'CREATE EXTENSION unaccent; CREATE EXTENSION citext; CREATE EXTENSION hstore');
    await query(
      database.admin,
      'ALTER FUNCTION unaccent(text) IMMUTABLE; REVOKE EXECUTE ON FUNCTION citext_eq(citext, citext) FROM PUBLIC',
    );

    const findings = await judged();
    expect(codes(findings)).toEqual(['extension-privileges', 'extension-members-altered']);
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('public.citext_eq(public.citext, public.citext)'),
      expect.stringContaining('public.unaccent(text)'),
    ]);
    expect(codes(await judged(database.admin))).toEqual([]);

    // With an index that wants it so it cannot come back at all.
    await query(database.address, 'CREATE TABLE named (name text); CREATE INDEX ON named (unaccent(name))');
    const needed = await judged();
    expect(needed.find(({ code }) => code === 'extension-members-altered')).toMatchObject({
      blocking: true,
      message: expect.stringContaining('public.unaccent(text)') as string,
    });
  });

  it('a subscription, and options of a user mapping that the capturing role was not shown', async () => {
    await query(
      database.admin,
      `CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false);
       ALTER SUBSCRIPTION s DISABLE; ALTER SUBSCRIPTION s SET (slot_name = NONE)`,
    );
    try {
      expect(codes(await judged())).toEqual(['subscriptions-left-out']);
    } finally {
      await query(database.admin, 'DROP SUBSCRIPTION s');
    }
    await query(
      database.admin,
      `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR postgres SERVER s OPTIONS (password 'x')`,
    );
    expect((await requirementsOf(database.address)).hiddenMappings).toEqual({ count: 1, names: ['s for postgres'] });
    expect((await requirementsOf(database.admin)).hiddenMappings.count).toBe(0);
  });
});

describe('an extension that the server offered at the capture', () => {
  let directory: string;
  let server: PostgresServer;
  const earlier = process.env['PG_BIN'];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'snapback-test-installation-'));
    await chmod(directory, 0o755);
    process.env['PG_BIN'] = await installationWith(
      { name: 'tariffs', sql: 'CREATE TABLE tariff (price int)' },
      directory,
    );
    server = await startPostgresServer();
  });
  afterAll(async () => {
    if (earlier === undefined) delete process.env['PG_BIN'];
    else process.env['PG_BIN'] = earlier;
    await server?.remove();
    await rm(directory, { recursive: true, force: true });
  });

  it('is missed in its version when that is gone, and altogether when its files are', async () => {
    const admin = server.address('postgres');
    await query(admin, 'CREATE EXTENSION tariffs');
    const requirements = await requirementsOf(admin);
    const now = () => withConnection(admin, {}, (client) => judgeOnServer(client, requirements, { major }));
    expect(await now()).toEqual([]);
    const files = (await readdir(directory, { recursive: true })).filter((name) =>
      /tariffs(--1\.0)?\.(sql|control)$/.test(name),
    );
    const [control, script] = ['.control', '.sql'].map((end) =>
      join(
        directory,
        files.find((name) => name.endsWith(end))!,
      ),
    );

    await writeFile(control!, "default_version = '2.0'\n");
    await rename(script!, script!.replace('1.0', '2.0'));
    expect(await now()).toEqual([
      {
        code: 'extension-version-missing',
        message: 'The extension "tariffs" is not offered in version 1.0, and comes back in version 2.0.',
        blocking: false,
      },
    ]);
    await rm(control!);
    expect(codes(await now())).toEqual(['extension-missing!']);
  });
});
