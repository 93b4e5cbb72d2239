import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { withConnection } from '../../../src/engine/postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { differingProperties, readProperties } from '../../../src/engine/postgres/properties/database-properties.js';
import { putProperties, putSettings } from '../../../src/engine/postgres/properties/put-properties.js';
import { quoteIdentifier } from '../../../src/engine/postgres/sql/quote.js';
import { runSqlInOneTransaction } from '../../../src/engine/postgres/sql/run-sql.js';
import { createShadowDatabase, shadowDatabaseName } from '../../../src/engine/postgres/databases/shadow-database.js';
import { sampleOf } from '../../harness/thorough.js';
import { createTestDatabase, query, type TestDatabase, type TestDatabaseOptions } from '../../harness/database.js';
import { openToLook } from '../../harness/restore-into.js';

const opened: TestDatabase[] = [];

afterEach(async () => {
  for (const database of opened.splice(0)) await database.drop();
});

async function live(options?: TestDatabaseOptions): Promise<TestDatabase> {
  const database = await createTestDatabase(options);
  opened.push(database);
  return database;
}

/** Where statements about databases are sent from. */
function maintenance(address: DatabaseAddress): DatabaseAddress {
  return { ...address, database: 'postgres' };
}

async function shadowOf(address: DatabaseAddress): Promise<{ shadow: string; liveOid: number; shadowOid: number }> {
  const facts = await gatherDatabaseFacts(address);
  const shadow = shadowDatabaseName(randomUUID());
  const shadowOid = await createShadowDatabase(maintenance(address), facts, shadow);
  return { shadow, liveOid: facts.oid, shadowOid };
}

describe('a shadow database', () => {
  it.each(
    sampleOf(
      [
        ['UTF8', `ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`],
        ['LATIN1', `ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`],
        ['SQL_ASCII', `ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`],
        ['an operating system locale', `ENCODING 'UTF8' LC_COLLATE 'C.utf8' LC_CTYPE 'C.utf8'`],
        ['ICU', `ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LC_COLLATE 'C' LC_CTYPE 'C'`],
      ],
      2,
    ),
  )('has the encoding and locale of the live one: %s', async (_, options) => {
    const { address } = await live({ options });

    const { shadow } = await shadowOf(address);

    const [of, other] = await Promise.all([
      gatherDatabaseFacts(address),
      gatherDatabaseFacts(await openToLook({ ...address, database: shadow })),
    ]);
    const differing = ['name', 'oid', 'databaseBytes', 'sessions'];
    expect(Object.fromEntries(Object.entries(other).filter(([name]) => !differing.includes(name)))).toEqual(
      Object.fromEntries(Object.entries(of).filter(([name]) => !differing.includes(name))),
    );
  });

  it('lets nobody in, neither its owner nor a superuser, and nobody but its owner when it is opened', async () => {
    const { address, admin } = await live();
    const stranger = await live();
    const { shadow } = await shadowOf(address);

    for (const who of [address, admin]) {
      const visit = withConnection({ ...who, database: shadow }, {}, async () => undefined);
      await expect(visit).rejects.toMatchObject({ message: expect.stringContaining('not currently accepting') });
    }
    await openToLook({ ...address, database: shadow });
    await expect(
      withConnection({ ...stranger.address, database: shadow }, {}, async () => undefined),
    ).rejects.toMatchObject({ code: 'database-permission-denied' });
    await expect(withConnection({ ...address, database: shadow }, {}, async () => true)).resolves.toBe(true);
  });

  it('is refused to a role that may not create databases', async () => {
    const { address } = await live();
    await query(inject('postgres'), `ALTER ROLE "${address.user}" NOCREATEDB`);

    await expect(shadowOf(address)).rejects.toMatchObject({ code: 'database-permission-denied' });
  });

  it('can be made for an owner the role is only a member of', async () => {
    const { address } = await live();
    const member = await live();
    await query(inject('postgres'), `GRANT "${address.user}" TO "${member.address.user}"`);

    const { shadow } = await shadowOf({ ...member.address, database: address.database });

    expect((await gatherDatabaseFacts(await openToLook({ ...address, database: shadow }))).owner).toBe(address.user);
  });
});

describe('what belongs to the live database itself', () => {
  let database: TestDatabase;
  let name: string;
  let role: string;

  beforeEach(async () => {
    database = await live();
    name = quoteIdentifier(database.address.database);
    role = quoteIdentifier(database.address.user);
  });

  async function carriedBy(address: DatabaseAddress): Promise<string[]> {
    const shadow = await shadowOf(address);
    await putProperties(maintenance(address), shadow);
    return withConnection(inject('postgres'), {}, async (client) =>
      differingProperties(await readProperties(client, shadow.liveOid), await readProperties(client, shadow.shadowOid)),
    );
  }

  it('is carried over by its owner: privileges, settings, connection limit and comment', async () => {
    const reader = await live();
    await query(
      database.address,
      `REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
       GRANT CONNECT ON DATABASE ${name} TO ${quoteIdentifier(reader.address.user)} WITH GRANT OPTION;
       GRANT TEMP ON DATABASE ${name} TO ${quoteIdentifier(reader.address.user)};
       ALTER DATABASE ${name} SET search_path = "$user", 'Odd "schema", with comma', public;
       ALTER DATABASE ${name} SET "DateStyle" = 'ISO, DMY';
       ALTER DATABASE ${name} SET application_name = E'it''s a \\\\ name';
       ALTER DATABASE ${name} SET default_transaction_read_only = on;
       ALTER ROLE ${role} IN DATABASE ${name} SET search_path = '';
       ALTER DATABASE ${name} CONNECTION LIMIT 17;
       COMMENT ON DATABASE ${name} IS E'the ERP''s \\\\ database'`,
    );

    expect(await carriedBy(database.address)).toEqual([]);
  });

  it('is carried over when there is nothing to it but defaults', async () => {
    expect(await carriedBy(database.address)).toEqual([]);
  });

  it('is carried over when even the owner has no privilege left', async () => {
    await query(database.admin, `REVOKE ALL ON DATABASE ${name} FROM PUBLIC, ${role}`);

    expect(await carriedBy(database.admin)).toEqual([]);
  });

  it('is carried over by a superuser: what others granted, and what only superusers may set', async () => {
    const reader = await live();
    const other = await live();
    await query(
      database.admin,
      `GRANT CONNECT ON DATABASE ${name} TO ${quoteIdentifier(reader.address.user)} WITH GRANT OPTION;
       SET ROLE ${quoteIdentifier(reader.address.user)};
       GRANT CONNECT ON DATABASE ${name} TO ${quoteIdentifier(other.address.user)};
       RESET ROLE;
       ALTER DATABASE ${name} SET app.tenant = 'a b';
       ALTER DATABASE ${name} SET log_min_duration_statement = 100`,
    );

    expect(await carriedBy(database.admin)).toEqual([]);
  });

  it('is not carried over by halves', async () => {
    await query(
      database.admin,
      `ALTER DATABASE ${name} SET work_mem = '8MB'; ALTER DATABASE ${name} SET app.tenant = 'a'`,
    );
    const shadow = await shadowOf(database.address);

    await expect(putProperties(maintenance(database.address), shadow)).rejects.toMatchObject({
      code: 'database-permission-denied',
      message: expect.stringContaining('app.tenant'),
    });
    expect(
      await query(inject('postgres'), 'SELECT FROM pg_db_role_setting WHERE setdatabase = $1', [shadow.shadowOid]),
    ).toEqual([]);
  });
});

describe('what a snapshot gives back of the database itself', () => {
  let database: TestDatabase;
  let name: string;

  beforeEach(async () => {
    database = await live();
    name = quoteIdentifier(database.address.database);
  });

  const propertiesOf = (oid: number) => withConnection(inject('postgres'), {}, (client) => readProperties(client, oid));

  it('is there before anybody connects, but for what cannot be, which is named', async () => {
    const shadow = await shadowOf(database.address);
    const { user } = database.address;
    const wanted = [
      { role: null, name: 'lc_monetary', value: 'C' },
      { role: null, name: 'log_min_duration_statement', value: '100' },
      { role: user, name: 'search_path', value: '"$user", "Odd, one"' },
      { role: 'nobody_any_more', name: 'work_mem', value: '8MB' },
      { role: null, name: 'app.secret', value: 'hunter2' },
      { role: null, name: 'no_such_parameter', value: '1' },
      { role: null, name: 'work_mem', value: '8MB' },
    ];

    const { settings, leftOut } = await putSettings(maintenance(database.address), shadow.shadow, wanted);

    expect(settings).toEqual([wanted[0], wanted[2], wanted[6]]);
    expect((await propertiesOf(shadow.shadowOid)).settings).toEqual(expect.arrayContaining(settings));
    expect(leftOut).toEqual([
      { role: null, name: 'log_min_duration_statement', reason: expect.stringContaining('permission denied') },
      { role: 'nobody_any_more', name: 'work_mem', reason: expect.stringContaining('does not exist') },
      { role: null, name: 'app.secret', reason: expect.stringContaining('permission denied') },
      { role: null, name: 'no_such_parameter', reason: expect.stringContaining('unrecognized') },
    ]);
    expect(JSON.stringify(leftOut)).not.toContain('hunter2');
  });

  it('does not turn our own sessions into somebody else’s, but those that come after', async () => {
    const shadow = await shadowOf(database.address);
    const role = { role: null, name: 'role', value: database.address.user };
    const at = maintenance(database.address);

    const { settings } = await putSettings(at, shadow.shadow, [role]);
    expect(settings).toEqual([role]);
    expect((await propertiesOf(shadow.shadowOid)).settings).toEqual([]);
    await putProperties(at, shadow, { source: { settings, comment: null, connectionLimit: -1 } });

    expect((await propertiesOf(shadow.shadowOid)).settings).toEqual([role]);
  });

  it('leaves owner and privileges to the live database', async () => {
    await query(
      database.address,
      `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC; ALTER DATABASE ${name} SET work_mem = '64MB';
       COMMENT ON DATABASE ${name} IS 'now'; ALTER DATABASE ${name} CONNECTION LIMIT 5`,
    );
    const shadow = await shadowOf(database.address);
    const source = { settings: [{ role: null, name: 'work_mem', value: '8MB' }], comment: 'then', connectionLimit: 7 };

    await putProperties(maintenance(database.address), shadow, { source });

    const { owner, privileges } = await propertiesOf(shadow.liveOid);
    expect(await propertiesOf(shadow.shadowOid)).toEqual({ ...source, owner, privileges });
  });

  it('keeps what it has of its own, also what its role could not set', async () => {
    const shadow = await shadowOf(database.address);
    await query(inject('postgres'), `ALTER DATABASE ${quoteIdentifier(shadow.shadow)} SET app.tenant = 'a'`);
    await query(database.address, `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`);
    const before = await propertiesOf(shadow.shadowOid);

    await putProperties(maintenance(database.address), shadow, { source: 'own' });

    const { privileges } = await propertiesOf(shadow.liveOid);
    expect(await propertiesOf(shadow.shadowOid)).toEqual({ ...before, privileges });
  });
});

describe('SQL an operator wrote', () => {
  it('runs in the role’s own search_path, all statements in one transaction', async () => {
    const { address } = await live();
    await query(address, 'CREATE TABLE customer (email text); INSERT INTO customer VALUES (NULL)');

    await withConnection(address, { settings: {} }, (client) =>
      runSqlInOneTransaction(
        client,
        `UPDATE customer SET email = 'nobody@example.org'; INSERT INTO customer VALUES ('x');`,
        [],
      ),
    );

    expect(await query(address, 'SELECT email FROM customer ORDER BY email')).toEqual([
      { email: 'nobody@example.org' },
      { email: 'x' },
    ]);
  });

  it.each([
    ['fails', 'SELECT 1 / 0', /division by zero/],
    ['ends its transaction', 'COMMIT; SELECT 1 / 1', /BEGIN, COMMIT and ROLLBACK/],
    ['hides a transaction of its own', 'COMMIT; BEGIN', /BEGIN, COMMIT and ROLLBACK/],
  ])('is refused when it %s', async (_, sql, message) => {
    const { address } = await live();
    await query(address, 'CREATE TABLE customer (email text)');

    const run = withConnection(address, {}, (client) => runSqlInOneTransaction(client, sql, []));
    await expect(run).rejects.toMatchObject({
      code: 'database-error',
      message: expect.stringMatching(message),
    });
  });
});
