import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { identityOf } from '../../../src/engine/filestore/paths/directory-identity.js';
import { keptDirectoryName } from '../../../src/engine/filestore/paths/enclosure.js';
import { stagedDirectoryOf } from '../../../src/engine/filestore/paths/states-place.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { keptDatabaseName, shadowDatabaseName } from '../../../src/engine/postgres/databases/shadow-database.js';
import { silentProgress, type WorkContext } from '../../../src/engine/progress.js';
import { stage } from '../../../src/engine/restore/staging/stage.js';
import type { StageRequest } from '../../../src/engine/restore/staging/stage-request.js';
import type { Staged } from '../../../src/engine/restore/staging/staged.js';
import type { PackVault } from '../../../src/vault/pack-vault.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';

export const PROJECT = randomUUID();
export const quietly: WorkContext = { signal: new AbortController().signal, progress: silentProgress };

/** Rows of the larger table in both states. */
export const CUSTOMERS = 500;

/** What one state of the environment looks like, in both of its halves. */
const stateOf = (value: string) => ({
  sql: `DROP TABLE IF EXISTS state, customer;
        CREATE TABLE state AS SELECT '${value}' AS value;
        CREATE TABLE customer AS SELECT n AS id, md5(n::text || '${value}') AS name FROM generate_series(1, ${CUSTOMERS}) n`,
  files: { 'state.txt': value, 'sub/attachment.bin': `${value} attachment`.repeat(1000) },
});

/** What was staged once, to be copied. */
interface Rebuilt {
  staged: Staged;
  database: string;
  files: string;
}

const admin = <Row extends Record<string, unknown>>(sql: string) => query<Row>(inject('postgres'), sql);

/** A vault with a snapshot of the state `old`, for one environment after the other. */
export class OldSnapshot {
  /** It is rebuilt once for all tests that only need what was staged. */
  private rebuilt: Promise<Rebuilt> | undefined;

  private constructor(
    readonly snapshotId: string,
    readonly place: VaultFixture,
    /** What was captured. Its role is that of the environments. */
    readonly database: TestDatabase,
    private readonly root: string,
  ) {}

  static async capture(): Promise<OldSnapshot> {
    const root = await mkdtemp(join(tmpdir(), 'snapback-test-captured-'));
    const old = new OldSnapshot(randomUUID(), await makeVault(), await createTestDatabase(), root);
    const files = join(root, 'files');
    await bring(old.database.address, files, 'old');
    const { snapshotId, database } = old;
    await capture(
      { project: PROJECT, snapshotId, database: database.address, filestore: files },
      old.place.vault,
      quietly,
    );
    return old;
  }

  /**
   * What `stage` makes for a request with both halves, copied from what it made the first time: a copy of a database and of
   * two files costs a tenth.
   */
  async stagedLike(request: StageRequest): Promise<Staged> {
    const { staged, database: template, files } = await (this.rebuilt ??= this.rebuild(request));
    const { attemptId } = request;
    const { address, like, properties } = request.database!;
    const livePath = request.filestore!.path;
    const names = { live: like.name, shadow: shadowDatabaseName(attemptId), kept: keptDatabaseName(attemptId) };
    await admin(
      `CREATE DATABASE "${names.shadow}" OWNER "${address.user}" ALLOW_CONNECTIONS false TEMPLATE "${template}"`,
    );
    const [row] = await admin<{ oid: number; xmin: string }>(
      `SELECT oid, xmin::text FROM pg_database WHERE datname = '${names.shadow}'`,
    );
    const stagedPath = await stagedDirectoryOf(livePath, attemptId);
    await mkdir(dirname(stagedPath), { mode: 0o700 });
    await cp(files, stagedPath, { recursive: true, preserveTimestamps: true });
    return {
      attemptId,
      database: {
        maintenance: { ...address, database: staged.database!.maintenance.database },
        names: { ...names, expectedLiveOid: like.oid, expectedShadowOid: row!.oid },
        properties: properties === 'captured' ? staged.database!.properties! : 'live',
        closedXmin: row!.xmin,
      },
      filestore: {
        ...staged.filestore!,
        livePath,
        stagedPath,
        keptPath: keptDirectoryName(stagedPath),
        liveInode: await identityOf(livePath),
        stagedInode: await identityOf(stagedPath),
      },
    };
  }

  /** Where no environment that is removed takes it along: a role's databases go with the first of them. */
  private async rebuild(request: StageRequest): Promise<Rebuilt> {
    const database = { ...request.database!, properties: 'captured' as const };
    const staged = await stage({ ...request, attemptId: randomUUID(), database }, this.place.vault, quietly);
    const { names } = staged.database!;
    const { stagedPath } = staged.filestore!;
    const rebuilt = {
      staged,
      database: names.shadow.replace('snapback_shadow', 'rebuilt'),
      files: join(this.root, 'rebuilt'),
    };
    await admin(`ALTER DATABASE "${names.shadow}" OWNER TO CURRENT_USER`);
    await admin(`ALTER DATABASE "${names.shadow}" RENAME TO "${rebuilt.database}"`);
    await rename(stagedPath, rebuilt.files);
    await rm(dirname(stagedPath), { recursive: true });
    return rebuilt;
  }

  async remove(): Promise<void> {
    const rebuilt = await this.rebuilt?.catch(() => undefined);
    if (rebuilt) await admin(`DROP DATABASE "${rebuilt.database}"`);
    await this.database.drop();
    await this.place.remove();
    await rm(this.root, { recursive: true, force: true });
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
  static async of(
    old: OldSnapshot,
    removeMore = async (): Promise<void> => {},
    makeFiles: (path: string) => Promise<void> = async () => {},
  ): Promise<RestoreFixture> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'snapback-test-restore-')));
    const { user: owner, password } = old.database.address;
    const database = await createTestDatabase({ owner, password });
    const fixture = new RestoreFixture(root, old, database, join(root, 'files'), removeMore);
    await makeFiles(fixture.files);
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

  /** What a rollback has staged: see `OldSnapshot.stagedLike`. */
  async staged(overrides: Partial<NonNullable<StageRequest['database']>> = {}): Promise<Staged> {
    return this.old.stagedLike(await this.request(overrides));
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
      `SELECT datname::text AS name FROM pg_database
        WHERE datname LIKE 'snapback%' AND pg_get_userbyid(datdba) = $1`,
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
