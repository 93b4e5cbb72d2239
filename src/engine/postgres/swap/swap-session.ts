import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { EngineError } from '../../engine-error.js';
import { openConnection, type OpenConnection } from '../connection/connect.js';
import type { DatabaseAddress } from '../connection/database-address.js';
import { DDL_SETTINGS } from '../connection/session-settings.js';
import { isRefusal, toEngineError } from '../connection/postgres-errors.js';

const SILENCE_MS = 30_000;
const LOCK_RETRY_MS = 50;

/** A process of the server. Its number is used again one day; together with its start it is one of a kind. */
export interface ServerProcess {
  pid: number;
  /** Microseconds since 1970, in decimal. */
  startedAt: string;
}

/**
 * The two connections of a cutover: one renames and opens databases, the other ends sessions. Neither
 * is ever opened again: after a lost connection nobody can know what its last statement did, and
 * somebody else may be putting things right by now.
 */
export class SwapSession {
  private constructor(
    readonly address: DatabaseAddress,
    private readonly mover: OpenConnection,
    private readonly helper: OpenConnection,
    /** The processes on the server: the one that renames, the one that ends sessions. */
    readonly backends: readonly [ServerProcess, ServerProcess],
    /** Of the server, as `initdb` made it; a copy of it has the same. */
    readonly systemIdentifier: string,
  ) {}

  /** `address.database` is neither the live database nor the shadow. Rejects with an `EngineError`. */
  static async open(address: DatabaseAddress): Promise<SwapSession> {
    const opened: OpenConnection[] = [];
    try {
      const mover = await openConnection(address, { settings: DDL_SETTINGS });
      opened.push(mover);
      const helper = await openConnection(address, { settings: DDL_SETTINGS });
      opened.push(helper);
      const backends = [await backendOf(mover.client), await backendOf(helper.client)] as const;
      await mover.client.query(`LISTEN ${wakingOf(backends[0])}`);
      const { rows } = await mover.client.query<{ id: string }>(
        'SELECT system_identifier::text AS id FROM pg_control_system()',
      );
      return new SwapSession(address, mover, helper, backends, rows[0]!.id);
    } catch (error) {
      for (const connection of opened) await connection.close();
      throw toEngineError(error, address);
    }
  }

  /** The process on the server that renames. */
  get moverPid(): number {
    return this.backends[0].pid;
  }

  get client(): Client {
    return this.mover.client;
  }

  /** The connection that ends sessions. */
  get helperClient(): Client {
    return this.helper.client;
  }

  /**
   * A rename that has found a session in its way looks again only after a tenth of a second, asleep meanwhile; any signal ends
   * that sleep, and a message to a listener is one that everybody may send. What it says is of no matter to anybody.
   */
  async wakeMover(): Promise<void> {
    // Nobody has to find it after a power cut.
    await this.helperClient.query(
      `BEGIN; SET LOCAL synchronous_commit = off; NOTIFY ${wakingOf(this.backends[0])}; COMMIT`,
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.mover.close(), this.helper.close()]);
  }

  /**
   * Makes sure that nobody else swaps the database with this oid, until this session ends. Advisory locks
   * belong to one database, so all must come through the same one: `postgres`, wherever that is possible.
   * Resolves to false when somebody else has had it for `patienceMs`.
   */
  async lock(databaseOid: number, patienceMs = 0): Promise<boolean> {
    const name = `snapback cutover ${this.systemIdentifier} ${databaseOid}`;
    for (const deadline = performance.now() + patienceMs; ; await sleep(LOCK_RETRY_MS)) {
      const { rows } = await this.client.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
        [name],
      );
      if (rows[0]!.locked || performance.now() >= deadline) return rows[0]!.locked;
    }
  }

  /**
   * Runs `work` in a transaction whose COMMIT is sent on its own: only then does a lost connection
   * before it prove that nothing has changed. Rejects with what `work` threw when it was rolled back,
   * and with `EngineError('cutover-incomplete')` when nobody can know whether it was committed.
   */
  async transaction<T>(limits: TransactionLimits, work: (client: Client) => Promise<T>): Promise<T> {
    const result = await this.answered(async () => {
      const { client } = this;
      // Whatever the role's default is: what is looked at last must be what is true then.
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE');
      try {
        await client.query(`SET LOCAL lock_timeout = ${limits.lockTimeoutMs}`);
        await client.query(`SET LOCAL statement_timeout = ${limits.statementTimeoutMs}`);
        return await work(client);
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
    await this.commit();
    return result;
  }

  /**
   * Gives the connection up when the work on it has not been answered for half a minute: the server
   * limits every statement to less, so it is the network that is silent.
   */
  async answered<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.client.connection.stream.destroy(), SILENCE_MS);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }

  private async commit(): Promise<void> {
    try {
      const { command } = await this.answered(() => this.client.query('COMMIT'));
      if (command === 'COMMIT') return;
    } catch (error) {
      // Only the server can say that it did not commit; any other failure leaves it open.
      if (isRefusal(error)) throw error;
      throw new EngineError(
        'cutover-incomplete',
        `The connection to PostgreSQL at ${this.address.host}:${this.address.port} was lost while the databases were being renamed; whether they were has to be looked up there.`,
        { cause: error },
      );
    }
    throw new EngineError('cutover-failed', 'PostgreSQL rolled the renaming of the databases back.');
  }
}

export interface TransactionLimits {
  lockTimeoutMs: number;
  statementTimeoutMs: number;
}

/** The channel that this process listens to. */
function wakingOf({ pid }: ServerProcess): string {
  return `snapback_wakes_${pid}`;
}

async function backendOf(client: Client): Promise<ServerProcess> {
  const { rows } = await client.query<ServerProcess>(
    `SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint::text AS "startedAt"
     FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
  );
  return rows[0]!;
}
