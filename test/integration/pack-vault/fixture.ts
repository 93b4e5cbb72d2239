import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { Backend } from '../../../src/vault/backend/backend.js';
import { LocalBackend } from '../../../src/vault/backend/local/local-backend.js';
import { migrateCatalogue } from '../../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { MasterKey } from '../../../src/vault/keys/master-key.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { createTestDatabase, urlOf } from '../../harness/database.js';

export interface VaultFixture {
  vault: PackVault;
  /** As another process has it: nothing looked up so far. */
  anotherVault(): PackVault;
  backend: Backend;
  catalogue: PostgresCatalogue;
  masterKey: MasterKey;
  root: string;
  /** Captures that hold a lease at this moment. */
  capturesUnderWay(): Promise<number>;
  pool: Pool;
  databaseUrl: string;
  remove(): Promise<void>;
}

/** A vault in a directory, or wherever it is said, with a catalogue in a database of its own. */
export async function makeVault(elsewhere?: Backend): Promise<VaultFixture> {
  const database = await createTestDatabase();
  const pool = new Pool({ ...database.address, ssl: false, max: 10 });
  pool.on('error', () => undefined);
  await migrateCatalogue(pool);
  const root = await mkdtemp(join(tmpdir(), 'snapback-pack-vault-'));
  const backend = elsewhere ?? (await LocalBackend.open(root));
  const catalogue = new PostgresCatalogue(pool);
  const masterKey = MasterKey.fromBase64(randomBytes(32).toString('base64'));
  const anotherVault = () => new PackVault({ backend, catalogue, masterKey });
  return {
    vault: anotherVault(),
    anotherVault,
    backend,
    catalogue,
    masterKey,
    root,
    capturesUnderWay: async () => (await pool.query('SELECT FROM vault.captures')).rowCount ?? 0,
    pool,
    databaseUrl: urlOf(database.address),
    remove: async () => {
      await pool.end();
      await database.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export const newId = (): string => randomUUID();

/** Copies: what is handed to a vault is the vault's. */
export async function* inParts(bytes: Buffer, size = 64 * 1024): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

export async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
