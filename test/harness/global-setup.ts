import type { TestProject } from 'vitest/node';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { removeLeftovers } from './leftovers.js';
import { startPostgresServer } from './postgres-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server all tests of a run share, as its superuser, database `postgres`. */
    postgres: DatabaseAddress;
  }
}

/** Runs once before all test files; what it returns runs once after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const server = await startPostgresServer({ auth: 'md5', settings: { autovacuum: 'off' } });
  project.provide('postgres', server.address('postgres'));
  return () => server.remove();
}
