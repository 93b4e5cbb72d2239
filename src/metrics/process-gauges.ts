import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { connectionsInUse } from '../engine/postgres/connection/connection-budget.js';
import { OwnProcess } from '../processes/own-process.js';
import { ProgressStreams } from '../progress/progress-streams.js';
import { Instruments } from './instruments.js';

/** So long is waited for the file system of the vault (milliseconds). */
const PATIENCE_MS = 2_000;

/** How this process and the place of its vault are, at the moment in which somebody asks. */
@Injectable()
export class ProcessGauges {
  private readonly streams = this.instruments.gauge(
    'snapback_progress_streams',
    'Progress streams that this process serves.',
  );
  private readonly connections = this.instruments.gauge(
    'snapback_database_connections',
    'Connections with which this process reads and writes rows of environments, in all, and may on one server.',
    ['state'],
  );
  private readonly clock = this.instruments.gauge(
    'snapback_clock_ahead_seconds',
    "By how much this clock is ahead of the database's.",
  );
  private readonly free = this.instruments.gauge(
    'snapback_vault_free_bytes',
    'Free room where a vault in a directory lies.',
  );
  private readonly size = this.instruments.gauge(
    'snapback_vault_size_bytes',
    'All room where a vault in a directory lies.',
  );

  private looking: Promise<void> | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly self: OwnProcess,
    private readonly progress: ProgressStreams,
    private readonly instruments: Instruments,
  ) {}

  /** Never rejects, and does not wait for a file system that hangs. */
  async refresh(): Promise<void> {
    const { used, limit } = connectionsInUse();
    this.connections.set({ state: 'used' }, used);
    this.connections.set({ state: 'limit' }, limit);
    this.streams.set(this.progress.count);
    this.clock.set(this.self.clockAheadMs / 1000);
    this.looking ??= this.lookAtVault().finally(() => (this.looking = undefined));
    await Promise.race([this.looking, setTimeout(PATIENCE_MS, undefined, { ref: false })]);
  }

  protected async lookAtVault(): Promise<void> {
    const { VAULT_PATH, VAULT_S3_BUCKET, DATA_DIR } = this.configuration;
    if (VAULT_S3_BUCKET !== undefined) return;
    // Another process may not have made it yet.
    const room = await statfs(VAULT_PATH ?? join(DATA_DIR, 'vault')).catch(() => null);
    if (room === null) return;
    this.free.set(room.bavail * room.bsize);
    this.size.set(room.blocks * room.bsize);
  }
}
