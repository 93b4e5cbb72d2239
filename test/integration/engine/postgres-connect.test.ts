import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openConnection, withConnection } from '../../../src/engine/postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { probeDatabase } from '../../../src/engine/postgres/databases/probe-database.js';
import { runSqlInOneTransaction } from '../../../src/engine/postgres/sql/run-sql.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { freePort } from '../../harness/free-port.js';

let database: TestDatabase;
let address: DatabaseAddress;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ address } = database);
});
afterAll(() => database.drop());

describe('what is wrong with an address', () => {
  it.each([
    ['a wrong password', { password: 'wrong' }, 'database-authentication-failed', /password authentication failed/],
    ['no password', { password: '' }, 'database-authentication-failed', /asks for a password/],
    ['an unknown role', { user: 'nobody' }, 'database-authentication-failed', /"nobody"/],
    ['an unknown database', { database: 'nowhere' }, 'database-missing', /database "nowhere" does not exist/],
    ['an unknown host', { host: 'no-such-host.invalid' }, 'database-unreachable', /host name/],
    ['TLS that is not offered', { tls: 'require' }, 'database-unreachable', /does not offer TLS/],
  ] as const)('is said precisely for %s', async (_, wrong, code, message) => {
    await expect(probeDatabase({ ...address, ...wrong }, { timeoutMs: 5_000 })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('is said precisely for a port nobody listens on', async () => {
    const closed = { ...address, port: await freePort() };

    await expect(probeDatabase(closed, { timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'database-unreachable',
      message: expect.stringContaining('connection refused'),
    });
  });

  it('is said precisely for a database the role may not enter', async () => {
    await query(database.admin, `REVOKE CONNECT ON DATABASE "${address.database}" FROM PUBLIC, "${address.user}"`);
    try {
      await expect(probeDatabase(address, { timeoutMs: 5_000 })).rejects.toMatchObject({
        code: 'database-permission-denied',
      });
    } finally {
      await query(database.admin, `GRANT CONNECT ON DATABASE "${address.database}" TO PUBLIC`);
    }
  });

  it('never falls back on the password of the service itself', async () => {
    process.env['PGPASSWORD'] = address.password;
    try {
      await expect(probeDatabase({ ...address, password: '' }, { timeoutMs: 5_000 })).rejects.toMatchObject({
        code: 'database-authentication-failed',
      });
    } finally {
      delete process.env['PGPASSWORD'];
    }
  });
});

describe('a server that accepts and then says nothing', () => {
  let silent: Server;
  let there: DatabaseAddress;

  beforeAll(async () => {
    silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    there = { ...address, port: (silent.address() as AddressInfo).port };
  });
  afterAll(() => silent.close());

  it('is given up after the time allowed', async () => {
    const startedAt = Date.now();

    await expect(probeDatabase(there, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'database-unreachable' });
    expect(Date.now() - startedAt).toBeLessThan(2_000);
  });

  it('is left at once on abort', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 100);

    await expect(withConnection(there, { signal: controller.signal }, async () => undefined)).rejects.toBe(reason);
  });
});

it('probes version and size', async () => {
  const probe = await probeDatabase(address, { timeoutMs: 5_000 });

  expect(probe.major).toBeGreaterThanOrEqual(13);
  expect(probe.serverVersion.startsWith(String(probe.major))).toBe(true);
  expect(probe.databaseBytes).toBeGreaterThan(1_000_000);
});

it.each([
  [
    'every printable ASCII character',
    Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join(''),
  ],
  ['letters outside of ASCII', 'pässwörd-漢字-🐘'],
])('connects with a password of %s', async (_, password) => {
  const other = await createTestDatabase({ password });
  try {
    await expect(probeDatabase(other.address, { timeoutMs: 5_000 })).resolves.toBeDefined();
  } finally {
    await other.drop();
  }
});

it.each([
  'with space',
  'with"quote',
  "with'apostrophe",
  'host=evil user=x',
  'postgres://x',
  'Ünïcode 漢字 🐘',
  '-d',
  '%s',
])('reaches a database named %j', async (name) => {
  const other = await createTestDatabase({ name });
  try {
    await expect(probeDatabase(other.address, { timeoutMs: 5_000 })).resolves.toBeDefined();
  } finally {
    await other.drop();
  }
});

it('ends the connection whatever happens to the work', async () => {
  const work = withConnection(address, { applicationName: 'work that fails' }, async () => {
    throw new RangeError('not about the database');
  });

  await expect(work).rejects.toThrow(RangeError);
  await expect
    .poll(() => query(database.admin, `SELECT FROM pg_stat_activity WHERE application_name = 'work that fails'`))
    .toEqual([]);
});

it('survives a session that the server ends while it is idle', async () => {
  const connection = await openConnection(address, {});
  const { rows } = await connection.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await query(inject('postgres'), 'SELECT pg_terminate_backend($1)', [rows[0]!.pid]);

  await expect.poll(() => connection.client.query('SELECT 1').catch((error: unknown) => error)).toBeInstanceOf(Error);
  await connection.close();
});

it('cuts off a statement under way on abort', async () => {
  const controller = new AbortController();
  const sleeping = withConnection(address, { signal: controller.signal }, (client) =>
    client.query('SELECT pg_sleep(30)'),
  );
  setTimeout(() => controller.abort(new Error('enough')), 200);

  await expect(sleeping).rejects.toThrow('enough');
});

describe('what a role has set for how long its sessions live', () => {
  const TIMEOUTS = ['idle_session_timeout', 'idle_in_transaction_session_timeout', 'statement_timeout', 'lock_timeout'];
  let hurried: TestDatabase;

  beforeAll(async () => {
    hurried = await createTestDatabase();
    for (const name of TIMEOUTS)
      await query(hurried.admin, `ALTER ROLE "${hurried.address.user}" SET ${name} = '100ms'`);
  });
  afterAll(() => hurried.drop());

  const shown = `SELECT current_setting('${TIMEOUTS.join(`') || ' ' || current_setting('`)}') AS value`;

  it('ends none of ours, also when this process stands still between two messages', async () => {
    // What is said to a server that is met for the first time is not all that can be said to one that is known.
    const elsewhere = { ...hurried.address, host: 'localhost' };
    const standstill = setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150), 20);
    try {
      for (const place of [elsewhere, elsewhere]) {
        await withConnection(place, {}, async (client) => {
          const { rows } = await client.query<{ value: string }>(shown);
          expect(rows).toEqual([{ value: '0 0 0 0' }]);
        });
      }
    } finally {
      clearInterval(standstill);
    }
  });

  it('is not what a session goes back to, and not what SQL of an operator is run under', async () => {
    await withConnection(hurried.address, { settings: {} }, async (client) => {
      await client.query('RESET ALL');
      expect((await client.query<{ value: string }>(shown)).rows).toEqual([{ value: '0 0 0 0' }]);
      const check = `DO $$ BEGIN IF (${shown}) <> '0 0 0 0' THEN RAISE 'it is hurried'; END IF; END $$`;
      const again = TIMEOUTS.map((name) => ({ role: null, name, value: '100ms' }));
      await runSqlInOneTransaction(client, check, again);
    });
  });

  it('is no reason not to go through a pooler that takes no options', async () => {
    // The first statement is still under the role's own: long enough for a machine with much other work.
    for (const name of TIMEOUTS) await query(hurried.admin, `ALTER ROLE "${hurried.address.user}" SET ${name} = '10s'`);
    const refusals: string[] = [];
    const pooler = createServer((socket) => {
      socket.once('data', (first) => {
        if (first.includes('options\0')) {
          refusals.push('options');
          const fields = Buffer.from('SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0');
          const head = Buffer.from([0x45, 0, 0, 0, fields.length + 4]);
          return void socket.end(Buffer.concat([head, fields]));
        }
        const server = connect(hurried.address.port, hurried.address.host);
        server.write(first);
        server.pipe(socket).pipe(server);
        server.on('error', () => socket.destroy());
        socket.on('error', () => server.destroy());
      });
    }).listen(0, '127.0.0.1');
    await once(pooler, 'listening');
    try {
      const place = { ...hurried.address, port: (pooler.address() as AddressInfo).port };
      for (let times = 0; times < 2; times += 1) {
        await withConnection(place, {}, async (client) => {
          expect((await client.query<{ value: string }>(shown)).rows).toEqual([{ value: '0 0 0 0' }]);
        });
      }
      expect(refusals).toEqual(['options']);
    } finally {
      pooler.close();
    }
  });
});
