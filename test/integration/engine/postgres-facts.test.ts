import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { openConnection } from '../../../src/engine/postgres/connection/connect.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

it('describes a database that can be replaced', async () => {
  const facts = await gatherDatabaseFacts(database.address);

  expect(facts).toMatchObject({
    name: database.address.database,
    owner: database.address.user,
    encoding: 'UTF8',
    collate: 'C',
    localeProvider: 'libc',
    tablespace: 'pg_default',
    connectionLimit: -1,
    allowConnections: true,
    isTemplate: false,
    isReplica: false,
    roleIsSuperuser: false,
    roleMayCreateDatabase: true,
    roleIsMemberOfOwner: true,
    roleMayUseTablespace: true,
    uncarriableSettings: [],
    maintenanceDatabase: 'postgres',
    preparedTransactions: 0,
    replicationSlots: [],
    subscriptions: [],
    replicas: [],
    sessions: [],
  });
});

it('sees what would be torn off by a rename', async () => {
  const { address, admin } = database;
  const slot = `slot_${address.database}`;
  await query(admin, `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
  await query(admin, `CREATE SUBSCRIPTION follows CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)`);
  await query(address, `BEGIN; CREATE TABLE t (id int); PREPARE TRANSACTION 'left over'`);
  try {
    expect(await gatherDatabaseFacts(address)).toMatchObject({
      replicationSlots: [slot],
      subscriptions: ['follows'],
      preparedTransactions: 1,
    });
  } finally {
    await query(address, `ROLLBACK PREPARED 'left over'`);
    await query(admin, `ALTER SUBSCRIPTION follows SET (slot_name = NONE)`);
    await query(admin, `DROP SUBSCRIPTION follows`);
    await query(admin, `SELECT pg_drop_replication_slot('${slot}')`);
  }
});

it('lists the sessions of others and says which can be ended', async () => {
  const { address, admin } = database;
  const own = await openConnection(address, {});
  const application = await openConnection(address, { applicationName: 'the application' });
  const superuser = await openConnection(admin, { applicationName: 'a superuser' });
  try {
    const { sessions } = await gatherDatabaseFacts(address);

    expect(sessions).toEqual([
      {
        pid: expect.any(Number),
        applicationName: 'the application',
        user: address.user,
        since: expect.any(Date),
        clientAddress: '127.0.0.1',
        canBeEnded: true,
      },
      // What a role may not see of a superuser is null.
      {
        pid: expect.any(Number),
        applicationName: 'a superuser',
        user: admin.user,
        since: null,
        clientAddress: null,
        canBeEnded: false,
      },
    ]);
    expect((await gatherDatabaseFacts(admin)).sessions).toHaveLength(3);
  } finally {
    for (const connection of [own, application, superuser]) await connection.close();
  }
});

it('is honest about a role that lacks rights', async () => {
  const stranger = await createTestDatabase();
  try {
    await query(inject('postgres'), `ALTER ROLE "${stranger.address.user}" NOCREATEDB`);

    const facts = await gatherDatabaseFacts({ ...stranger.address, database: database.address.database });

    expect(facts).toMatchObject({
      owner: database.address.user,
      roleIsSuperuser: false,
      roleMayCreateDatabase: false,
      roleIsMemberOfOwner: false,
    });
  } finally {
    await stranger.drop();
  }
});

it('names the settings that only a superuser can carry over', async () => {
  const { address, admin } = database;
  await query(
    admin,
    `ALTER DATABASE "${address.database}" SET work_mem = '8MB';
     ALTER DATABASE "${address.database}" SET log_min_duration_statement = 100;
     ALTER DATABASE "${address.database}" SET app.tenant = 'a';
     ALTER ROLE "${address.user}" IN DATABASE "${address.database}" SET search_path = a;
     ALTER ROLE postgres IN DATABASE "${address.database}" SET search_path = b`,
  );

  expect((await gatherDatabaseFacts(address)).uncarriableSettings).toEqual([
    'app.tenant',
    'log_min_duration_statement',
    'search_path',
  ]);
  expect((await gatherDatabaseFacts(admin)).uncarriableSettings).toEqual([]);
});
