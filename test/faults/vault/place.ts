import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { migrateCatalogue } from '../../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { createTestDatabase } from '../../harness/database.js';
import type { Place } from './world.js';

/** A place for a vault of this test file's own, on the run's database server. */
export async function makePlace(): Promise<{ place: Place; directory: string; remove: () => Promise<void> }> {
  const database = await createTestDatabase();
  const pool = new Pool({ ...database.address, ssl: false });
  await migrateCatalogue(pool).finally(() => pool.end());
  const directory = await mkdtemp(join(tmpdir(), 'snapback-vault-faults-'));
  return {
    place: { ...newPlace(), database: database.address, store: { directory: join(directory, 'vault') } },
    directory,
    remove: async () => {
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What of a place is made up. */
export function newPlace(): Pick<Place, 'project' | 'masterKeys'> {
  const key = (): string => randomBytes(32).toString('base64');
  return { project: randomUUID(), masterKeys: [key(), key()] };
}
