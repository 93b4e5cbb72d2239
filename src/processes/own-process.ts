import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { VERSION } from './version.js';

/** How often a process says that it is there (milliseconds). */
const BEAT_MS = 10_000;
/** What has not been heard of for so long (hours) is forgotten. */
const FORGET_HOURS = 24;
/** A clock that differs by more from the database's is wrong (milliseconds). */
const WRONG_CLOCK_MS = 60_000;
/** How often a wrong clock is told of (milliseconds). */
const TELL_AGAIN_MS = 24 * 60 * 60_000;

/** Says every few seconds that this process is there, what it serves, and compares its clock with the database's. */
@Injectable()
export class OwnProcess implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(OwnProcess.name);
  private readonly trouble = new RepeatedTrouble(this.logger, 'This process cannot say that it is there');
  private readonly id = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private aheadMs = 0;
  private toldAt: number | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
  ) {}

  /** By how much this process's clock is ahead of the database's, as far as is known (milliseconds). */
  get clockAheadMs(): number {
    return this.aheadMs;
  }

  /** Whether it may decide by age. */
  get clockIsRight(): boolean {
    return Math.abs(this.aheadMs) <= WRONG_CLOCK_MS;
  }

  /** Before anything begins that asks for the clock. */
  async onModuleInit(): Promise<void> {
    await this.beat();
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.beat(), BEAT_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.dataSource.query('DELETE FROM service_processes WHERE id = $1', [this.id]).catch(() => undefined);
  }

  /** Never rejects. */
  private async beat(): Promise<void> {
    const { ROLE, WORKER_POOLS } = this.configuration;
    try {
      const asked = Date.now();
      const began = performance.now();
      const rows: { now: Date }[] = await this.dataSource.query(
        `WITH gone AS (DELETE FROM service_processes WHERE seen_at < now() - make_interval(hours => ${FORGET_HOURS})),
         here AS (
           INSERT INTO service_processes (id, role, pools, version, host, clock_ahead_ms) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (id) DO UPDATE SET seen_at = now(), clock_ahead_ms = EXCLUDED.clock_ahead_ms
         ) SELECT clock_timestamp() AS now`,
        [this.id, ROLE, ROLE === 'api' ? [] : WORKER_POOLS, VERSION, hostname(), Math.round(this.aheadMs)],
      );
      this.trouble.wentWell();
      const theirs = rows[0]?.now.getTime();
      // It was that time there about when half of the way was done.
      if (theirs !== undefined) this.compare(asked + (performance.now() - began) / 2 - theirs);
    } catch (error) {
      this.trouble.came(error);
    }
  }

  private compare(aheadMs: number): void {
    this.aheadMs = aheadMs;
    const now = performance.now();
    if (this.clockIsRight) this.toldAt = undefined;
    else if (this.toldAt === undefined || now - this.toldAt > TELL_AGAIN_MS) {
      this.toldAt = now;
      const seconds = Math.round(Math.abs(aheadMs) / 1000);
      const direction = aheadMs > 0 ? 'ahead of' : 'behind';
      this.logger.warn(
        `The clock of this machine is ${seconds} s ${direction} the database's. Set it right: until then this process deletes nothing by age.`,
      );
    }
  }
}
