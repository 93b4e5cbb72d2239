import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, type CaptureRequest, type CaptureResult } from '../../../src/engine/capture/capture.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { silentProgress, type WorkContext } from '../../../src/engine/progress.js';
import type { StageRequest } from '../../../src/engine/restore/staging/stage-request.js';
import { stage } from '../../../src/engine/restore/staging/stage.js';
import { query } from '../../harness/database.js';
import { MemoryNotes } from '../../harness/memory-notes.js';
import { type PostgresServer, startPostgresServer } from '../../harness/postgres-server.js';
import { openToLook } from '../../harness/restore-into.js';
import { MemoryVault } from '../../model/memory-vault.js';
import { readRows, readSnapshot } from '../../model/read-snapshot.js';

export const quietly: WorkContext = { signal: new AbortController().signal, progress: silentProgress };
/** Two blocks: what is large here is small elsewhere. */
const SEGMENT_BYTES = 16 * 1024;
const READER = 'reader';

/** A state that was restored from a snapshot, nobody having used it, and is open now. */
export interface Restored {
  snapshotId: string;
  notes: MemoryNotes;
  database: DatabaseAddress;
  filestore: string;
}

/** One server, one vault, and states that are restored from snapshots of one environment. */
export class RestoredPlace {
  readonly vault = new MemoryVault();
  readonly project = randomUUID();
  private made = 0;

  private constructor(
    readonly server: PostgresServer,
    private readonly root: string,
  ) {}

  static async start(): Promise<RestoredPlace> {
    const server = await startPostgresServer({
      auth: 'trust',
      settings: { autovacuum: 'off', max_prepared_transactions: '5' },
    });
    // It may read everything and leave no mark: what it captures is compared with, and disturbs nothing.
    const admin = server.address('postgres');
    await query(admin, `CREATE ROLE ${READER} LOGIN BYPASSRLS IN ROLE pg_read_all_data; CREATE ROLE other`);
    const root = await realpath(await mkdtemp(join(tmpdir(), 'snapback-test-restored-')));
    return new RestoredPlace(server, root);
  }

  /** A new database with these objects, and an empty directory. */
  async environment(sql: string): Promise<Pick<Restored, 'database' | 'filestore'>> {
    const name = `app${++this.made}`;
    await query(this.server.address('postgres'), `CREATE DATABASE ${name} TEMPLATE template0`);
    const database = this.server.address(name);
    await query(database, sql);
    const filestore = join(this.root, name);
    await mkdir(filestore);
    return { database, filestore };
  }

  async capture(
    what: Pick<CaptureRequest, 'database' | 'filestore' | 'base'>,
  ): Promise<{ snapshotId: string; result: CaptureResult }> {
    const snapshotId = randomUUID();
    const { project } = this;
    const databaseOptions = { segmentBytes: SEGMENT_BYTES, connections: 2 };
    const result = await capture({ project, snapshotId, databaseOptions, ...what }, this.vault, quietly);
    return { snapshotId, result };
  }

  /** Beside the live one, as a rollback does it. */
  async restore(
    live: Pick<Restored, 'database' | 'filestore'>,
    snapshotId: string,
    { withFiles = false, ...how }: Partial<NonNullable<StageRequest['database']>> & { withFiles?: boolean } = {},
  ): Promise<Restored> {
    const notes = new MemoryNotes();
    const like = await gatherDatabaseFacts(live.database);
    const staged = await stage(
      {
        ...{ project: this.project, snapshotId, attemptId: randomUUID(), notes },
        database: { address: live.database, like, keepOwnersAndPrivileges: true, ...how },
        ...(withFiles && { filestore: { path: live.filestore } }),
      },
      this.vault,
      quietly,
    );
    const database = await openToLook(this.server.address(staged.database!.names.shadow));
    return { snapshotId, notes, database, filestore: staged.filestore?.stagedPath ?? live.filestore };
  }

  /** A snapshot of a restored state that builds on the one it was restored from. */
  captureRestored(
    { snapshotId, notes, database, filestore }: Restored,
    { withFiles = false, lineage = notes.marked } = {},
  ) {
    const base = { snapshotId, notes: notes.asRead(lineage) };
    return this.capture({ database, base, ...(withFiles && { filestore }) });
  }

  /** Tables of a snapshot by whether they were read: `carried` has no segment that was, `read` none that was not. */
  async look(snapshotId: string): Promise<{ carried: string[]; read: Record<string, string | undefined> }> {
    const { tables } = await readSnapshot(this.taken(snapshotId));
    const carried: string[] = [];
    const read: Record<string, string | undefined> = {};
    for (const [name, { entry, segments }] of tables) {
      const own = segments.filter(({ carriedOver }) => carriedOver).length;
      if (own !== 0 && own !== segments.length) throw new Error(`Half of ${name} is carried over.`);
      if (own === 0) read[name.replace('public.', '')] = entry.reason;
      else carried.push(name.replace('public.', ''));
    }
    return { carried, read };
  }

  /** What a snapshot says of a database; rows in an order of their own, for a restore need not keep it. */
  async contents(snapshotId: string): Promise<unknown> {
    const taken = this.taken(snapshotId);
    const { survey, tables } = await readSnapshot(taken);
    const rows: Record<string, unknown> = {};
    for (const [name, { entry, segments }] of tables) {
      const text = (await readRows(taken, segments)).toString('latin1');
      const count = segments.reduce((sum, segment) => sum + segment.rows, 0);
      const digest = survey.tables.get(entry.table)!.generatedDigest;
      rows[name] = {
        columns: entry.columns,
        generated: entry.generated,
        count,
        digest,
        text: text.split('\n').toSorted(),
      };
    }
    return { rows, sequences: survey.sequences, views: survey.materializedViews };
  }

  /** What a snapshot says of files; not by what they are known. */
  async files(snapshotId: string): Promise<unknown> {
    const found: Record<string, unknown> = {};
    for await (const entry of this.vault.readEntries(this.project, snapshotId)) {
      if (entry.kind !== 'file') continue;
      const { path, mode, mtimeNs, content, sparse } = entry;
      found[path] = { mode, mtimeNs, content, sparse };
    }
    return found;
  }

  /** What a full snapshot of the same database says. */
  async fullContents(database: DatabaseAddress): Promise<unknown> {
    const { snapshotId } = await this.capture({ database: this.server.address(database.database, READER) });
    return this.contents(snapshotId);
  }

  async remove(): Promise<void> {
    await this.server.remove();
    await rm(this.root, { recursive: true, force: true });
  }

  private taken(snapshotId: string) {
    const { vault, project } = this;
    return { place: { kind: 'memory' as const, vault, project }, snapshotId, result: {} as CaptureResult };
  }
}
