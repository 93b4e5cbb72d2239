import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Pool } from 'pg';
import { LocalBackend } from '../../src/vault/backend/local/local-backend.js';
import { migrateCatalogue } from '../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { PostgresCatalogue } from '../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { MasterKey } from '../../src/vault/keys/master-key.js';
import { PackVault } from '../../src/vault/pack-vault.js';
import type { Vault } from '../../src/vault/vault.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { MemoryVault } from './memory-vault.js';

/** Where the snapshots of one base go. */
export interface Place {
  kind: 'memory' | 'packs';
  vault: Vault;
  project: string;
}

/** One vault in memory and one of packs, whose catalogue lies on a server that no change of the model stops. */
export class Vaults {
  private readonly memory = new MemoryVault();
  private packs: { vault: PackVault; pool: Pool; server: PostgresServer } | undefined;

  constructor(private readonly directory: string) {}

  /** A new place, with nothing in it. What was in memory before is gone, unless it is still needed. */
  async place(kind: Place['kind'], { isNeeded = false } = {}): Promise<Place> {
    if (!isNeeded) this.memory.clear();
    if (kind === 'memory') return { kind, vault: this.memory, project: randomUUID() };
    this.packs ??= await this.openPacks();
    return { kind, vault: this.packs.vault, project: randomUUID() };
  }

  async close(): Promise<void> {
    await this.packs?.pool.end();
    await this.packs?.server.remove();
  }

  private async openPacks(): Promise<{ vault: PackVault; pool: Pool; server: PostgresServer }> {
    const server = await PostgresServer.start({ auth: 'trust' });
    const pool = new Pool({ connectionString: server.adminUrl, ssl: false, max: 10 });
    pool.on('error', () => undefined);
    await migrateCatalogue(pool);
    const backend = await LocalBackend.open(join(this.directory, 'vault'));
    const masterKey = MasterKey.fromBase64(randomBytes(32).toString('base64'));
    return { vault: new PackVault({ backend, catalogue: new PostgresCatalogue(pool), masterKey }), pool, server };
  }
}
