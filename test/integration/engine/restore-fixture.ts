import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { silentProgress, type WorkContext } from '../../../src/engine/progress.js';
import type { StageRequest } from '../../../src/engine/restore/staging/stage-request.js';
import type { PackVault } from '../../../src/vault/pack-vault.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';

export const PROJECT = randomUUID();
export const quietly: WorkContext = { signal: new AbortController().signal, progress: silentProgress };

/** What one state of the environment looks like, in both of its halves. */
const stateOf = (value: string) => ({
  sql: `DROP TABLE IF EXISTS state, customer;
        CREATE TABLE state AS SELECT '${value}' AS value;
        CREATE TABLE customer AS SELECT n AS id, md5(n::text || '${value}') AS name FROM generate_series(1, 5000) n`,
  files: { 'state.txt': value, 'sub/attachment.bin': `${value} attachment`.repeat(1000) },
});

/** A vault with a snapshot of the state `old`, for one environment after the other. */
export class OldSnapshot {
  private constructor(
    readonly snapshotId: string,
    readonly place: VaultFixture,
    /** What was captured. Its role is that of the environments. */
    readonly database: TestDatabase,
  ) {}

  static async capture(): Promise<OldSnapshot> {
    const root = await mkdtemp(join(tmpdir(), 'snapback-test-captured-'));
    const files = join(root, 'files');
    const old = new OldSnapshot(randomUUID(), await makeVault(), await createTestDatabase());
    await bring(old.database.address, files, 'old');
    const { snapshotId, database } = old;
    await capture(
      { project: PROJECT, snapshotId, database: database.address, filestore: files },
      old.place.vault,
      quietly,
    );
    await rm(root, { recursive: true, force: true });
    return old;
  }

  async remove(): Promise<void> {
    await this.database.drop();
    await this.place.remove();
  }
}

/**
 * An environment in the state `new`, with a snapshot of its earlier state `old` in a vault: a rollback
 * brings `old` back.
 */
export class RestoreFixture {
  private constructor(
    readonly root: string,
    private readonly old: OldSnapshot,
    readonly database: TestDatabase,
    /** Of the live filestore. */
    readonly files: string,
    private readonly removeMore: () => Promise<void>,
  ) {}

  /** With a vault of its own. */
  static async create(): Promise<RestoreFixture> {
    const old = await OldSnapshot.capture();
    return RestoreFixture.of(old, () => old.remove());
  }

  /** One that leaves the vault as it is. One at a time: removing it drops all databases of the role. */
  static async of(old: OldSnapshot, removeMore = async (): Promise<void> => {}): Promise<RestoreFixture> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'snapback-test-restore-')));
    const { user: owner, password } = old.database.address;
    const database = await createTestDatabase({ owner, password });
    const fixture = new RestoreFixture(root, old, database, join(root, 'files'), removeMore);
    await bring(database.address, fixture.files, 'new');
    return fixture;
  }

  get snapshotId(): string {
    return this.old.snapshotId;
  }

  get vault(): PackVault {
    return this.old.place.vault;
  }

  get vaultRoot(): string {
    return this.old.place.root;
  }

  get address(): DatabaseAddress {
    return this.database.address;
  }

  async request(overrides: Partial<NonNullable<StageRequest['database']>> = {}): Promise<StageRequest> {
    const like = await gatherDatabaseFacts(this.address);
    return {
      project: PROJECT,
      snapshotId: this.snapshotId,
      attemptId: randomUUID(),
      database: { address: this.address, like, keepOwnersAndPrivileges: true, ...overrides },
      filestore: { path: this.files },
    };
  }

  /** Which state each half is in at this moment; the words of a failure where it cannot be read. */
  async now(): Promise<{ rows: string; files: string }> {
    return { rows: await this.rowsOf(this.address.database), files: await this.filesOf(this.files) };
  }

  async rowsOf(database: string): Promise<string> {
    const rows = await query<{ value: string }>({ ...this.address, database }, 'SELECT value FROM state').catch(
      (error: Error) => [{ value: error.message }],
    );
    return rows[0]!.value;
  }

  async filesOf(directory: string): Promise<string> {
    return readFile(join(directory, 'state.txt'), 'utf8');
  }

  /** Names of everything the service may have left: databases, and siblings of the filestore. */
  async leftovers(): Promise<string[]> {
    const databases = await query<{ name: string }>(
      inject('postgres'),
      `SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'snapback%' AND pg_get_userbyid(datdba) = $1`,
      [this.address.user],
    );
    const siblings = (await readdir(this.root)).filter((name) => name !== 'files');
    return [...databases.map(({ name }) => name), ...siblings];
  }

  async remove(): Promise<void> {
    await this.database.drop();
    await rm(this.root, { recursive: true, force: true });
    await this.removeMore();
  }
}

async function bring(address: DatabaseAddress, directory: string, value: string): Promise<void> {
  const { sql, files } = stateOf(value);
  await query(address, sql);
  await mkdir(join(directory, 'sub'), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
}
