import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withConnection } from '../../../../src/engine/postgres/connection/connect.js';
import { READING_SETTINGS } from '../../../../src/engine/postgres/connection/session-settings.js';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import { libpqEnvironment } from '../../../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../../../src/engine/postgres/programs/programs.js';
import { silentProgress, type WorkContext } from '../../../../src/engine/progress.js';
import type { DatabaseRestore } from '../../../../src/engine/restore/database/restore-database.js';
import type { DatabaseSurvey } from '../../../../src/engine/restore/database/order/database-survey.js';
import { qualifiedName } from '../../../../src/engine/postgres/sql/quote.js';
import { surveyManifest } from '../../../../src/engine/restore/compare/manifest-survey.js';
import type { PackVault } from '../../../../src/vault/pack-vault.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { restoreInto } from '../../../harness/restore-into.js';
import { childrenRunning } from '../../../harness/child-processes.js';
import { makeVault, type VaultFixture } from '../../pack-vault/fixture.js';
import { captureDatabase, type CaptureOptions, linesOf, PROJECT, tablesOf } from './captured.js';

export const quietly: WorkContext = { signal: new AbortController().signal, progress: silentProgress };

/** A database to capture, an empty one to restore into, and a vault between them. */
export class RestoreDatabaseFixture {
  private constructor(
    readonly source: TestDatabase,
    /** See `emptyTarget`. */
    public target: DatabaseAddress,
    readonly root: string,
    private readonly place: VaultFixture,
    readonly temporaryDirectory: string,
  ) {}

  static async create(options: { database?: string } = {}): Promise<RestoreDatabaseFixture> {
    const database = options.database ? { options: options.database } : {};
    const source = await createTestDatabase(database);
    const { user, password } = source.address;
    const target = await createTestDatabase({ ...database, owner: user, password });
    const root = await mkdtemp(join(tmpdir(), 'snapback-test-restore-database-'));
    const temporaryDirectory = await mkdtemp(join(root, 'tmp-'));
    return new RestoreDatabaseFixture(source, target.address, root, await makeVault(), temporaryDirectory);
  }

  /** Another one, also empty, in place of the target; with the first it goes away in the end. */
  async emptyTarget(): Promise<void> {
    const { user, password } = this.source.address;
    this.target = (await createTestDatabase({ owner: user, password })).address;
  }

  readonly project = PROJECT;

  get vault(): PackVault {
    return this.place.vault;
  }

  /** The empty database as the server's superuser. */
  get adminTarget(): DatabaseAddress {
    return { ...this.source.admin, database: this.target.database };
  }

  /** Runs SQL as the server's superuser, in the database to capture unless told. */
  asAdmin<Row extends Record<string, unknown>>(sql: string, database = this.source.admin.database): Promise<Row[]> {
    return query<Row>({ ...this.source.admin, database }, sql);
  }

  async capture(options: CaptureOptions = {}): Promise<{ snapshotId: string; survey: DatabaseSurvey }> {
    const snapshotId = await captureDatabase(this.vault, this.source.admin, options);
    const { database } = await surveyManifest(this.vault, PROJECT, snapshotId);
    return { snapshotId, survey: database! };
  }

  async restore(
    captured: { snapshotId: string; survey: DatabaseSurvey },
    overrides: Partial<Omit<DatabaseRestore, 'maintenance' | 'oid'>> = {},
    context: WorkContext = quietly,
  ) {
    return restoreInto(
      {
        project: PROJECT,
        ...captured,
        vault: this.vault,
        address: this.target,
        serverMajor: (await findProgram('postgres')).major,
        keepOwnersAndPrivileges: true,
        verification: 'all',
        temporaryDirectory: this.temporaryDirectory,
        ...overrides,
      },
      context,
    );
  }

  /** Everything the restore might have left in this process, in its directory or on the server. */
  async leftovers(): Promise<unknown[]> {
    const sessions = await query<{ query: string }>(
      this.source.admin,
      `SELECT query FROM pg_stat_activity WHERE datname = '${this.target.database}' AND backend_type = 'client backend'`,
    );
    const children = [...(await childrenRunning('pg_restore')), ...(await childrenRunning('setpriv'))];
    return [...sessions, ...children, ...(await readdir(this.temporaryDirectory))];
  }

  async remove(): Promise<void> {
    await this.source.drop();
    await this.place.remove();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** All that can be seen of a database: definitions as `pg_dump` writes them, rows, sequences, views, large objects. */
export async function contentsOf(address: DatabaseAddress): Promise<Record<string, unknown>> {
  const { path } = await findProgram('pg_dump');
  const { stdout } = await promisify(execFile)(path, ['--schema-only', address.database], {
    env: libpqEnvironment(address),
    maxBuffer: 1 << 28,
    encoding: 'latin1',
  });
  return withConnection(address, { settings: READING_SETTINGS }, async (client) => {
    const contents: Record<string, unknown> = { definitions: stdout.replaceAll(/^\\(un)?restrict .*$/gm, '') };
    for (const table of await tablesOf(client)) {
      const lines = await linesOf(client, table, 'UTF8');
      contents[`table ${qualifiedName(table)}`] = lines.map((line) => line.toString('hex')).toSorted();
    }
    const others = await client.query<{ kind: string; name: string }>(
      `SELECT c.relkind AS kind, format('%I.%I', n.nspname, c.relname) AS name
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('S', 'm') AND (c.relkind = 'S' OR c.relispopulated) ORDER BY 1, 2`,
    );
    for (const { kind, name } of others.rows) {
      const columns = kind === 'S' ? 'last_value, is_called' : 'v::text';
      const { rows } = await client.query(`SELECT ${columns} FROM ${name} v ORDER BY 1`);
      contents[`${kind} ${name}`] = rows;
    }
    const objects = await client.query(
      `SELECT oid, lomacl::text, pg_get_userbyid(lomowner) AS owner, encode(lo_get(oid), 'hex') AS bytes
         FROM pg_largeobject_metadata ORDER BY oid`,
    );
    return { ...contents, objects: objects.rows };
  });
}

export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(4).toString('hex')}`;
}
