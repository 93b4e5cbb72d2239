import { afterEach, beforeEach, expect, it } from 'vitest';
import { withConnection } from '../../../src/engine/postgres/connection/connect.js';
import {
  type ConnectionLease,
  defaultConnections,
  leaseConnections,
  limitConnections,
} from '../../../src/engine/postgres/connection/connection-budget.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';

let database: TestDatabase;
const leases: ConnectionLease[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  limitConnections(8);
});
afterEach(async () => {
  for (const lease of leases.splice(0)) lease.release();
  limitConnections(defaultConnections());
  await database.drop();
});

async function lease(change: Partial<TestDatabase['address']> = {}): Promise<number> {
  const given = await withConnection({ ...database.address, ...change }, {}, leaseConnections);
  leases.push(given);
  return given.count;
}

it('all jobs of this process share one number, by whatever name they reach the server', async () => {
  expect(await lease()).toBe(8);
  expect(await lease({ host: 'localhost' })).toBe(1);
  leases[0]!.release();
  leases[0]!.release();
  expect(await lease({ database: 'postgres' })).toBe(7);
});

it('half of what the role may still have is left to others', async () => {
  await query(database.admin, `ALTER ROLE "${database.address.user}" CONNECTION LIMIT 7`);
  // Of seven this one is there already.
  expect(await lease()).toBe(3);
});

it('half of what the database may still have is left to others', async () => {
  await query(database.admin, `ALTER DATABASE "${database.address.database}" CONNECTION LIMIT 5`);
  expect(await lease()).toBe(2);
});

it('a role without a limit on a server with room gets the number, and a superuser is bound by no limit', async () => {
  await query(database.admin, `ALTER DATABASE "${database.address.database}" CONNECTION LIMIT 3`);
  expect(await lease(database.admin)).toBe(8);
});
