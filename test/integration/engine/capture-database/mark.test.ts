import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { type PostgresServer, startPostgresServer } from '../../../harness/postgres-server.js';
import { captureInMemory, type MemoryCapture } from './memory-capture.js';
import { expectAllReused, expectNoneReused } from './read-again.js';

describe('the mark a full capture leaves', () => {
  // Of its own: transactions of other tests, in other databases, would make recent rows seem to be newer than the base.
  let server: PostgresServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server.remove());

  beforeEach(async () => {
    database = await createTestDatabase({ server: server.address('postgres') });
    await query(database.address, 'CREATE TABLE t (a int); INSERT INTO t VALUES (1)');
  });
  afterEach(() => database.drop());

  const sql = (statements: string) => query(database.address, statements);
  const asAdmin = (statements: string) => query(database.admin, statements);

  const comment = async () =>
    (
      await sql(`SELECT obj_description(oid, 'pg_namespace') AS uuid FROM pg_namespace WHERE nspname = 'snapback'`)
    )[0]?.['uuid'];

  /** Of a full capture that nothing can be built on: what its only warning says. */
  function whyNoBase(capture: MemoryCapture): string {
    expect(capture.result).toMatchObject({ type: 'full', canBeBase: false });
    expect(capture.database.lineage).toBeUndefined();
    expect(capture.rows('t')).toEqual(['1']);
    const [warning, ...others] = capture.ofKind('warning');
    expect(others).toEqual([]);
    expect(warning?.code).toBe('differential-not-possible');
    return warning!.message;
  }

  it('is the comment of a schema, by a transaction after the cut', async () => {
    const capture = await captureInMemory(database.address);
    const { lineage } = capture.database;
    expect(await comment()).toBe(lineage?.marker.uuid);
    expect(BigInt(lineage!.marker.xmin)).toBeGreaterThanOrEqual(BigInt(lineage!.horizon));
    expect(lineage!.systemIdentifier).toMatch(/^\d{15,}$/);
  });

  it('is replaced by that of the next full one, and kept by a differential', async () => {
    const first = await captureInMemory(database.address);
    await captureInMemory(database.address, { base: first });
    expect(await comment()).toBe(first.database.lineage?.marker.uuid);
    const second = await captureInMemory(database.address);
    expect(await comment()).toBe(second.database.lineage?.marker.uuid);
    const onFirst = await captureInMemory(database.address, { base: first });
    expect(onFirst.result.type).toBe('full');
    expectNoneReused(onFirst, 't');
    expect(onFirst.ofKind('warning')).toMatchObject([
      { code: 'differential-not-possible', message: expect.stringContaining('another snapshot') as string },
    ]);
    // It became a base itself.
    expectAllReused(await captureInMemory(database.address, { base: onFirst }), 't');
  });

  it('cannot be forged by writing the same comment again', async () => {
    const base = await captureInMemory(database.address);
    await sql(`COMMENT ON SCHEMA snapback IS '${String(await comment())}'`);
    const next = await captureInMemory(database.address, { base });
    expect(next.result.type).toBe('full');
    expectNoneReused(next, 't');
  });

  it('is left without the privilege to create schemas where the schema is there', async () => {
    await asAdmin(`CREATE SCHEMA snapback AUTHORIZATION "${database.address.user}"`);
    await asAdmin(`ALTER DATABASE "${database.address.database}" OWNER TO postgres`);
    expect((await captureInMemory(database.address)).result.canBeBase).toBe(true);
    await asAdmin(`ALTER DATABASE "${database.address.database}" OWNER TO "${database.address.user}"`);
  });

  it('is not left, and the capture says why, without that privilege', async () => {
    await asAdmin(`ALTER DATABASE "${database.address.database}" OWNER TO postgres`);
    expect(whyNoBase(await captureInMemory(database.address))).toMatch(/permission denied for database/);
    await asAdmin(`ALTER DATABASE "${database.address.database}" OWNER TO "${database.address.user}"`);
  });

  it('is not left in a schema that is somebody else’s', async () => {
    await asAdmin('CREATE SCHEMA snapback');
    expect(whyNoBase(await captureInMemory(database.address))).toMatch(/must be owner of schema/);
  });

  it('is not left when an event trigger forbids it', async () => {
    await asAdmin(`CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no changes today'; END $$;
      CREATE EVENT TRIGGER forbid ON ddl_command_start EXECUTE FUNCTION forbid()`);
    expect(whyNoBase(await captureInMemory(database.admin))).toMatch(/no changes today/);
    await asAdmin('DROP EVENT TRIGGER forbid');
  });

  it('is left in a database whose sessions only read unless they say otherwise', async () => {
    await sql(`ALTER DATABASE "${database.address.database}" SET default_transaction_read_only = on`);
    expect((await captureInMemory(database.address)).result.canBeBase).toBe(true);
  });

  it('is not waited for when somebody holds its schema', { timeout: 20_000 }, async () => {
    await sql('CREATE SCHEMA snapback');
    const { host, port, user, password, database: name } = database.address;
    const other = new Client({ host, port, user, password, database: name, ssl: false });
    await other.connect();
    try {
      await other.query('BEGIN; DROP SCHEMA snapback');
      expect(whyNoBase(await captureInMemory(database.address))).toMatch(/lock timeout/);
    } finally {
      await other.end();
    }
  });

  it('is no use to a role that may not ask which server it is on', async () => {
    await asAdmin('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC');
    try {
      expect(whyNoBase(await captureInMemory(database.address))).toMatch(/pg_control_system/);
    } finally {
      await asAdmin('GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC');
    }
  });
});
