import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { runMigrations } from '../../../src/database/run-migrations.js';
import { ReplicaProjects } from '../../../src/replication/replica-projects.js';
import { StateLedger } from '../../../src/replication/state-ledger.js';
import { SnapshotReplicas } from '../../../src/snapshots/snapshot-replicas.js';
import type { Backend } from '../../../src/vault/backend/backend.js';
import { LocalBackend } from '../../../src/vault/backend/local/local-backend.js';
import { ReadOnlyBackend } from '../../../src/vault/backend/wrappers/read-only-backend.js';
import { migrateCatalogue } from '../../../src/vault/catalogue/postgres/migrate-catalogue.js';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { MasterKey } from '../../../src/vault/keys/master-key.js';
import { openSnapshot } from '../../../src/vault/objects-alone/open-snapshot.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import { copySnapshot } from '../../../src/vault/replica/copy-snapshot.js';
import type { ReplicaParts } from '../../../src/vault/replica/replica-parts.js';
import { createTestDatabase, urlOf, type TestDatabase } from '../../harness/database.js';
import { collect, inParts } from '../pack-vault/fixture.js';

export const signal = new AbortController().signal;

/** A vault and its replica in directories, with all that is known of them in one database, as the service has it. */
export class VaultWithReplica {
  readonly project = randomUUID();
  private readonly environment = randomUUID();
  readonly projects: ReplicaProjects;
  readonly snapshots: SnapshotReplicas;

  private constructor(
    readonly directory: string,
    private readonly database: TestDatabase,
    readonly dataSource: DataSource,
    private readonly pool: Pool,
    readonly vault: PackVault,
    readonly parts: ReplicaParts & { catalogue: PostgresCatalogue },
  ) {
    this.snapshots = new SnapshotReplicas(dataSource);
    this.projects = new ReplicaProjects(dataSource, this.snapshots);
  }

  static async create(): Promise<VaultWithReplica> {
    const database = await createTestDatabase();
    const dataSource = await new DataSource(dataSourceOptions(urlOf(database.address), 6)).initialize();
    await runMigrations(dataSource);
    const pool = new Pool({ ...database.address, ssl: false, max: 10 });
    pool.on('error', () => undefined);
    await migrateCatalogue(pool);
    const directory = await mkdtemp(join(tmpdir(), 'snapback-test-replica-'));
    const vault = await LocalBackend.open(join(directory, 'vault'));
    const replica = await LocalBackend.open(join(directory, 'replica'));
    const catalogue = new PostgresCatalogue(pool);
    const masterKey = MasterKey.fromBase64(randomBytes(32).toString('base64'));
    const ledger = new StateLedger(dataSource, new SnapshotReplicas(dataSource));
    const packs = new PackVault({ backend: vault, catalogue, masterKey, lanes: 1 });
    await packs.open();
    const parts = { vault, replica, catalogue, masterKey, ledger };
    const made = new VaultWithReplica(directory, database, dataSource, pool, packs, parts);
    await dataSource.query(`INSERT INTO projects (id, organization, name) VALUES ($1, 'acme', 'shop')`, [made.project]);
    await dataSource.query(
      `INSERT INTO environments (id, project_id, name, type, filestore_path) VALUES ($1, $2, 'live', 'production', '/srv/shop')`,
      [made.environment, made.project],
    );
    return made;
  }

  async remove(): Promise<void> {
    await this.dataSource.destroy();
    await this.pool.end();
    await this.database.drop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** A completed snapshot of these contents, one file each. */
  async capture(...contents: readonly Buffer[]): Promise<string> {
    const snapshotId = randomUUID();
    const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
    const writer = await this.vault.beginCapture(this.project, header);
    for (const [index, bytes] of contents.entries()) {
      const content = await writer.store(inParts(bytes));
      const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };
      await writer.add({ kind: 'file', path: `utf8:${index}`, ...attributes, content });
    }
    await writer.publish();
    await this.dataSource.query(
      `INSERT INTO snapshots (id, environment_id, project_id, trigger, status, requested_by, finished_at)
       VALUES ($1, $2, $3, 'manual', 'completed', 'somebody', clock_timestamp())`,
      [snapshotId, this.environment, this.project],
    );
    return snapshotId;
  }

  /** Deletes it from the vault, so many days ago, and frees what only it needed. */
  async delete(snapshotId: string, daysAgo = 0): Promise<void> {
    await this.vault.deleteManifest(this.project, snapshotId);
    await this.dataSource.query('DELETE FROM snapshots WHERE id = $1', [snapshotId]);
    await this.dataSource.query(
      `INSERT INTO snapshot_deletions (snapshot_id, environment_id, created_at, deleted_at, deleted_by, reason)
       VALUES ($1, $2, now(), now() - make_interval(days => $3), 'somebody', 'asked for')`,
      [snapshotId, this.environment, daysAgo],
    );
    await this.vault.collect(this.project, { signal, thorough: true });
  }

  copy(snapshotId: string, parts: Partial<ReplicaParts> = {}) {
    return copySnapshot({ ...this.parts, ...parts }, this.project, snapshotId, { signal });
  }

  /** The files of a snapshot, from what lies in the replica and the master key alone. */
  async readReplica(snapshotId: string, backend: Backend = this.parts.replica): Promise<Buffer[]> {
    const { masterKey } = this.parts;
    const { reader } = await openSnapshot({ backend, masterKey }, this.project, snapshotId, signal);
    const contents: Buffer[] = [];
    for await (const entry of reader.readEntries(this.project, snapshotId)) {
      if (entry.kind === 'file') contents.push(await collect(reader.readContent(this.project, entry.content)));
    }
    return contents;
  }

  async replicatedAt(snapshotId: string): Promise<Date | null> {
    const rows: { replicated_at: Date | null }[] = await this.dataSource.query(
      'SELECT replicated_at FROM snapshots WHERE id = $1',
      [snapshotId],
    );
    return rows[0]!.replicated_at;
  }

  /** As a state database that was lost, or one from before there was a replica. */
  async forgetReplica(): Promise<void> {
    await this.dataSource.query('DELETE FROM replica_snapshots');
    await this.dataSource.query('DELETE FROM replica_packs');
    await this.dataSource.query('UPDATE snapshots SET replicated_at = NULL');
  }

  /** In the replica. */
  async objects(kind: 'packs' | 'manifests'): Promise<string[]> {
    return keysIn(this.parts.replica, `projects/${this.project}/${kind}/`);
  }
}

export async function keysIn(backend: Backend, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of backend.list(prefix)) keys.push(key);
  return keys;
}

/** Tells what is about to be streamed, and waits for whoever is told. */
export class WatchedBackend extends ReadOnlyBackend {
  readonly streamed: string[] = [];

  constructor(
    private readonly watched: Backend,
    private readonly before: (key: string) => Promise<void> | void = () => undefined,
  ) {
    super(watched);
  }

  override async *stream(key: string, offset?: number): AsyncGenerator<Buffer> {
    this.streamed.push(key);
    await this.before(key);
    yield* this.watched.stream(key, offset);
  }
}
