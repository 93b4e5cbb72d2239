import type { Client } from 'pg';
import { type OpenConnection, openConnection } from '../../postgres/connect.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { READING_SETTINGS } from '../../postgres/session-settings.js';

/** The connection of one lane of a restore, opened when the lane first needs it. */
export class LaneConnection {
  private connection: Promise<OpenConnection> | undefined;

  constructor(
    private readonly address: DatabaseAddress,
    private readonly signal: AbortSignal,
  ) {}

  /** Rejects with an `EngineError` or `signal.reason`. */
  async client(): Promise<Client> {
    this.connection ??= openConnection(this.address, {
      signal: this.signal,
      settings: { ...READING_SETTINGS, synchronous_commit: 'off' },
    });
    return (await this.connection).client;
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.connection?.then(
      (connection) => connection.close(),
      () => undefined,
    );
  }
}
