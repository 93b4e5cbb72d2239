import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../engine-error.js';
import { quoteIdentifier } from '../sql/quote.js';
import { openConnection, type OpenConnection } from './connect.js';
import type { DatabaseAddress, Entrance } from './database-address.js';
import { isConnectionLoss, toEngineError } from './postgres-errors.js';
import { SessionEnder } from './session-ender.js';
import { DDL_SETTINGS } from './session-settings.js';

/** How long strangers may take to go, and a program to come in. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 20;

export interface DoorOptions {
  /** Any other database of the server, as a role that may open and close this one. */
  maintenance: DatabaseAddress;
  database: string;
  oid: number;
}

/**
 * The way into a database that is closed to everybody: open for as long as it takes us to connect, and closed again under us.
 * Whoever comes in meanwhile is ended. Nothing else of the database is changed: it is a state that somebody may want back.
 *
 * A process that dies in between leaves it open: whoever names the database for this sees to it that it is closed then.
 */
export class Door implements Entrance {
  private readonly ours = new Set<number>();
  private readonly ended = new Set<string>();
  private entering = 0;
  private isOpen = false;
  /** Opening and closing, one after the other. */
  private last: Promise<void> = Promise.resolve();

  /** `keeper`: no abort breaks it, since it closes what it has opened. */
  private constructor(
    private readonly options: DoorOptions,
    private keeper: OpenConnection,
  ) {}

  /** Closes the database, whoever has left it open. Rejects with an `EngineError`. */
  static async of(options: DoorOptions): Promise<Door> {
    const door = new Door(options, await openConnection(options.maintenance, { settings: DDL_SETTINGS }));
    door.isOpen = true;
    await door.shut().catch(async (error: unknown) => {
      await door.keeper.close();
      throw toEngineError(error, options.maintenance);
    });
    return door;
  }

  /** Who came in and was sent away, a phrase each. */
  get strangers(): string[] {
    return [...this.ended];
  }

  async enter<T>(connect: () => Promise<T>, pidOf: (entered: T) => Promise<number | undefined>): Promise<T> {
    this.entering += 1;
    try {
      await this.inTurn(() => this.open());
      const entered = await connect();
      const pid = await pidOf(entered);
      if (pid !== undefined) this.ours.add(pid);
      return entered;
    } finally {
      this.entering -= 1;
      await this.inTurn(() => this.shut());
    }
  }

  async admit<T extends { ended: Promise<unknown> }>(name: string, start: () => Promise<T>): Promise<T> {
    let pid: number | undefined;
    const connect = async (): Promise<T> => {
      const program = await start();
      const gone = new AbortController();
      void program.ended.then(() => gone.abort());
      for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(LOOK_MS)) {
        pid = await this.sessionOf(name);
        if (pid !== undefined || gone.signal.aborted) break;
      }
      return program;
    };
    return this.enter(connect, async () => pid);
  }

  /** Lets go of it, closed. What is connected stays so. Rejects when it could not be closed. */
  async leave(): Promise<void> {
    try {
      await this.inTurn(() => this.shut());
    } finally {
      await this.keeper.close();
    }
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private async open(): Promise<void> {
    if (this.isOpen) return;
    // Before it is: if the answer is lost, it may be.
    this.isOpen = true;
    await this.allow(true);
  }

  private async shut(): Promise<void> {
    if (this.entering > 0 || !this.isOpen) return;
    await this.allow(false).catch(async (error: unknown) => {
      if (!isConnectionLoss(error)) throw error;
      await this.keeper.close();
      this.keeper = await openConnection(this.options.maintenance, { settings: DDL_SETTINGS });
      await this.allow(false);
    });
    this.isOpen = false;
    const ender = new SessionEnder(this.keeper.client, [this.options.oid], [...this.ours]);
    for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
      // Whoever stood still meanwhile may find that an undo has made it the live one: nobody there is a stranger.
      if (!(await this.isItself())) return;
      const left = await ender.endAll();
      for (const one of left) this.ended.add(one);
      if (left.length === 0) return;
      if (performance.now() > deadline) {
        throw new EngineError(
          'sessions-in-the-way',
          `Somebody connected to the database "${this.options.database}", which is kept closed, and could not be sent away: ${left.join(', ')}. End it, and try again.`,
        );
      }
    }
  }

  private async allow(connections: boolean): Promise<void> {
    const name = quoteIdentifier(this.options.database);
    await this.keeper.client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${connections}`);
  }

  /** It still has the name that we know it by. */
  private async isItself(): Promise<boolean> {
    const { oid, database } = this.options;
    const sql = 'SELECT FROM pg_catalog.pg_database WHERE oid = $1 AND datname = $2';
    return (await this.keeper.client.query(sql, [oid, database])).rowCount === 1;
  }

  private async sessionOf(name: string): Promise<number | undefined> {
    const { rows } = await this.keeper.client.query<{ pid: number }>(
      'SELECT pid FROM pg_catalog.pg_stat_activity WHERE datid = $1 AND application_name = $2',
      [this.options.oid, name],
    );
    return rows[0]?.pid;
  }
}
