import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import { Configuration } from '../config/configuration.js';
import { STATE_SESSION } from '../database/state-session.js';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { PROGRESS_CHANNEL } from './progress-log.js';

/** How long to wait before connecting again after the connection was lost. */
const RECONNECT_MS = 1000;

/** Hears, in every API process, which subjects have new events. The feed also looks by itself, so a missed call only delays. */
@Injectable()
export class ProgressListener implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly trouble = new RepeatedTrouble(
    new Logger(ProgressListener.name),
    'The connection that announces progress was lost',
  );
  private readonly calls = new Subject<string>();
  private client: Client | undefined;
  private reconnect: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly configuration: Configuration) {}

  /** Emits the id of a subject each time it may have new events. */
  get announced(): Observable<string> {
    return this.calls;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.configuration.ROLE !== 'worker') await this.connect();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.reconnect);
    this.calls.complete();
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.configuration.DATABASE_URL,
      application_name: 'snapback-progress',
      ...STATE_SESSION,
    });
    this.client = client;
    client.on('notification', ({ payload }) => this.calls.next(payload ?? ''));
    client.once('error', (error) => this.retry(client, error));
    client.once('end', () => this.retry(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${PROGRESS_CHANNEL}`);
      this.trouble.wentWell();
    } catch (error) {
      this.retry(client, error);
    }
  }

  private retry(client: Client, error?: unknown): void {
    if (this.stopped || this.client !== client) return;
    this.client = undefined;
    client.removeAllListeners();
    client.on('error', () => undefined);
    void client.end().catch(() => undefined);
    this.trouble.came(error ?? 'it ended');
    this.reconnect = setTimeout(() => void this.connect(), RECONNECT_MS);
  }
}
