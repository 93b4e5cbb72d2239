import type { Client } from 'pg';
import { type OpenConnection, openConnection } from '../../postgres/connect.js';
import { CAPTURE_SETTINGS } from '../../postgres/cut.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';

/**
 * The settings rows were captured with, so that the same text means the same values and gives the same text
 * again. Commits need not wait for the disk: nobody relies on the shadow before the cutover.
 */
const LANE_SETTINGS = {
  ...CAPTURE_SETTINGS,
  xmloption: 'content',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read committed',
  synchronous_commit: 'off',
};
/** Timeouts of a role or database that would end a lane while it waits for a program. */
const NEWER_TIMEOUTS: readonly [since: number, setting: string][] = [
  [14, 'idle_session_timeout'],
  [17, 'transaction_timeout'],
];

/** The connection of one lane of a restore, opened when the lane first needs it. */
export class LaneConnection {
  private connection: Promise<OpenConnection> | undefined;

  constructor(
    private readonly address: DatabaseAddress,
    private readonly serverMajor: number,
    private readonly signal: AbortSignal,
  ) {}

  /** Rejects with an `EngineError` or `signal.reason`. */
  async client(): Promise<Client> {
    this.connection ??= openConnection(this.address, { signal: this.signal, settings: this.settings() });
    return (await this.connection).client;
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.connection?.then(
      (connection) => connection.close(),
      () => undefined,
    );
  }

  private settings(): Record<string, string> {
    const timeouts = NEWER_TIMEOUTS.filter(([since]) => this.serverMajor >= since);
    return { ...LANE_SETTINGS, ...Object.fromEntries(timeouts.map(([, setting]) => [setting, '0'])) };
  }
}
