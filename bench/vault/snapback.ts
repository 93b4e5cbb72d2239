import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { migrateCatalogue } from '../../src/vault/catalogue/postgres/migrate-catalogue.js';
import type { Contender } from './contender.js';
import { directoryBytes } from '../machine/directory-bytes.js';
import { NODE_OPTIONS } from '../machine/node-options.js';
import { runProgram } from '../machine/program.js';
import type { ThreadSeconds } from '../machine/thread-times.js';
import type { PhaseReport, PhaseSettings } from './snapback-phase.js';

const PHASE_FILE = fileURLToPath(new URL('./snapback-phase.js', import.meta.url));

/**
 * The engine's capture and restore over a vault in a directory. The catalogue's PostgreSQL runs already, as beside a
 * running service; the process of each phase starts anew, as the peers' do.
 */
export class Snapback implements Contender {
  readonly name = 'snapback';
  readonly isVault = true;
  readonly restoresWholePath = false;
  /** The most that any phase so far had in memory. */
  peakRssBytes = 0;
  /** Of each full capture. */
  readonly fullThreads: ThreadSeconds[] = [];
  private vault: string;
  private settingsFile: string;
  private settings: Omit<PhaseSettings, 'snapshotId'>;
  /** The first capture is full, and the base of those that follow: as the service does, and as the peers use their caches. */
  private baseSnapshotId: string | undefined;

  constructor(
    private readonly databaseUrl: string,
    private readonly signal: AbortSignal,
  ) {}

  async begin(directory: string): Promise<void> {
    this.vault = join(directory, 'vault');
    await mkdir(this.vault);
    this.settingsFile = join(directory, 'settings.json');
    this.settings = {
      databaseUrl: this.databaseUrl,
      vault: this.vault,
      masterKey: randomBytes(32).toString('base64'),
      project: randomUUID(),
    };
    this.baseSnapshotId = undefined;
    await this.withPool(async (pool) => {
      await migrateCatalogue(pool);
      await pool.query('TRUNCATE vault.chunks, vault.packs, vault.manifests CASCADE');
    });
  }

  async capture(directory: string): Promise<void> {
    const settings: PhaseSettings = { ...this.settings, snapshotId: randomUUID() };
    if (this.baseSnapshotId !== undefined) settings.baseSnapshotId = this.baseSnapshotId;
    await writeFile(this.settingsFile, JSON.stringify(settings), { mode: 0o600 });
    const { threads } = await this.run('capture', directory);
    if (this.baseSnapshotId === undefined) this.fullThreads.push(threads);
    this.baseSnapshotId ??= settings.snapshotId;
  }

  async restore(directory: string): Promise<void> {
    await this.run('restore', directory);
  }

  /** The packs have their own indexes: all that is needed to restore is in the directory. */
  storedBytes(): Promise<number> {
    return directoryBytes(this.vault);
  }

  /** What PostgreSQL keeps beside it, as the peers keep caches. */
  async catalogueBytes(): Promise<number> {
    return this.withPool(async (pool) => {
      const { rows } = await pool.query<{ bytes: string }>(
        `SELECT coalesce(sum(pg_total_relation_size(oid)), 0) AS bytes FROM pg_class
          WHERE relnamespace = 'vault'::regnamespace AND relkind = 'r'`,
      );
      return Number(rows[0]?.bytes);
    });
  }

  private async run(phase: 'capture' | 'restore', directory: string): Promise<PhaseReport> {
    const output = await runProgram(
      process.execPath,
      [...NODE_OPTIONS, PHASE_FILE, phase, directory, this.settingsFile],
      { signal: this.signal },
    );
    const report = JSON.parse(output) as PhaseReport;
    this.peakRssBytes = Math.max(this.peakRssBytes, report.peakRssBytes);
    return report;
  }

  private async withPool<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
    const pool = new Pool({ connectionString: this.databaseUrl, max: 1 });
    // The server may be stopped before it has noticed that the connection was closed.
    pool.on('error', () => undefined);
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  }
}
