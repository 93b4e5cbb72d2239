import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import type { NewPack, PackedChunk, PackUse } from '../../../src/vault/catalogue/catalogue-records.js';
import { migrateCatalogue } from '../../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { createTestDatabase } from '../../harness/database.js';

export interface CatalogueDatabase {
  pool: Pool;
  remove(): Promise<void>;
}

/** A database with an empty catalogue. */
export async function createCatalogueDatabase(): Promise<CatalogueDatabase> {
  const database = await createTestDatabase();
  const { host, port, user, password } = database.address;
  const pool = new Pool({ host, port, user, password, database: database.address.database, max: 20 });
  pool.on('error', () => undefined);
  await migrateCatalogue(pool);
  return {
    pool,
    remove: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

export const newProject = (): string => randomUUID();

export const chunkId = (name: string | number): Buffer => createHash('sha256').update(`chunk ${name}`).digest();

export const newPack = (bytes = 1_000): NewPack => ({ id: randomBytes(32), bytes, keyId: 'key-1' });

/** Chunks of `bytes` each, one after the other. */
export function packed(ids: readonly Buffer[], bytes = 100): PackedChunk[] {
  return ids.map((id, index) => ({
    id,
    offset: index * bytes,
    storedBytes: bytes,
    plainBytes: 2 * bytes,
    encoding: index % 2,
  }));
}

/** What is needed of packs, where it does not matter how much. */
export const uses = (...packIds: Buffer[]): PackUse[] => packIds.map((packId) => ({ packId, chunks: 1, bytes: 100 }));

/** Makes a capture look as if it had given no sign of life for an hour. */
export async function fallAsleep(pool: Pool, captureId: string): Promise<void> {
  await pool.query("UPDATE vault.captures SET heartbeat = heartbeat - interval '1 hour' WHERE id = $1", [captureId]);
}

export async function toArray<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
