import type { Client } from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from './cluster.js';
import type { Dice } from './dice.js';
import { type KnownColumn, type KnownObjects, type KnownTable, readKnownObjects } from './known-objects.js';
import { valueOf } from './values.js';

/** Whoever waits for a lock waits for a transaction that will not end in this round. */
const SETTINGS = `SET lock_timeout = '40ms'; SET search_path = ''; SET check_function_bodies = off; SET client_min_messages = error;
  SET TimeZone = 'UTC'`;
/** Sessions whose transactions stay open from one round to the next. */
const SLOW = 3;

/**
 * The live database as the changes see it: a session for what is done at once and some with transactions that stay
 * open. Statements may be refused, as those of random changes are; all are remembered for the report of a failure.
 */
export class World {
  private quickClient!: Client;
  private slowClients: { client: Client; open: boolean }[] = [];
  private known: KnownObjects | undefined;
  private names = 0;
  private ids = 2_000;
  /** Of the round: each statement with the server's answer. */
  log: string[] = [];
  readonly outcomes = { accepted: 0, refused: 0 };
  /** Prepared transactions, by their names. */
  readonly prepared: string[] = [];
  /** Whether the database was made anew since the base, so that nothing can be built on it. */
  lineageBroken = false;
  /** Files with earlier states, in the directory. */
  readonly archives: string[] = [];

  constructor(
    readonly cluster: Cluster,
    readonly dice: Dice,
    readonly directory: string,
  ) {}

  async connect(): Promise<void> {
    this.quickClient = await this.newClient();
    this.slowClients = [];
    for (let index = 0; index < SLOW; index += 1)
      this.slowClients.push({ client: await this.newClient(), open: false });
    this.forget();
  }

  async disconnect(): Promise<void> {
    const clients = [this.quickClient, ...this.slowClients.map(({ client }) => client)];
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }

  /** What there is; read again once something may have changed it. */
  async objects(): Promise<KnownObjects> {
    this.known ??= await readKnownObjects(this.quickClient);
    return this.known;
  }

  forget(): void {
    this.known = undefined;
  }

  get anyOpen(): boolean {
    return this.prepared.length > 0 || this.slowClients.some(({ open }) => open);
  }

  /** Runs statements at once. Resolves to whether the server took them. */
  async run(statements: string): Promise<boolean> {
    const accepted = await this.attempt(this.quickClient, 'quick', statements);
    if (!accepted) await this.quickClient.query('ROLLBACK');
    return accepted;
  }

  /** Definitions may be others afterwards. */
  async define(statements: string): Promise<boolean> {
    this.forget();
    return this.run(statements);
  }

  /** Runs statements in one of the transactions that stay open. */
  async runSlowly(index: number, statements: string): Promise<boolean> {
    const slow = this.slowClients[index % SLOW]!;
    if (!slow.open) {
      const level = this.dice.pick(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE']);
      await this.attempt(slow.client, `slow ${index % SLOW}`, `BEGIN ISOLATION LEVEL ${level}`);
      slow.open = true;
    }
    return this.attempt(slow.client, `slow ${index % SLOW}`, statements);
  }

  /** COMMIT, ROLLBACK or PREPARE TRANSACTION. */
  async endSlow(index: number, how: string): Promise<boolean> {
    const slow = this.slowClients[index % SLOW]!;
    if (!slow.open) return false;
    slow.open = false;
    this.forget();
    const accepted = await this.attempt(slow.client, `slow ${index % SLOW}`, how);
    if (!accepted) await slow.client.query('ROLLBACK');
    return accepted;
  }

  /** So that nobody holds a lock any more. */
  async endAll(): Promise<void> {
    for (let index = 0; index < SLOW; index += 1) await this.endSlow(index, 'ROLLBACK');
    for (const name of this.prepared.splice(0)) await this.run(`ROLLBACK PREPARED '${name}'`);
  }

  /** Resolves when what others did has let go of its locks: a session ends a moment after its client. */
  async settle(): Promise<void> {
    for (;;) {
      const { rowCount } = await this.quickClient.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'model' AND backend_type = 'client backend'`,
      );
      if (rowCount === 0) return;
      await pause(3);
    }
  }

  note(line: string): void {
    this.log.push(line);
  }

  /** The first of some that no row has yet. */
  newIds(): number {
    this.ids += 100;
    return this.ids;
  }

  newName(prefix: string): string {
    this.names += 1;
    return `${prefix}${this.names}`;
  }

  async aTable(fits: (table: KnownTable) => boolean = () => true): Promise<KnownTable | undefined> {
    return this.dice.pick((await this.objects()).tables.filter(fits));
  }

  async valueOf({ type }: Pick<KnownColumn, 'type'>, i: string): Promise<string> {
    return valueOf(type, (await this.objects()).types, i, this.dice.below(1000));
  }

  /** As the server writes it now; undefined for one that is NULL or cannot be made. */
  async valueAsText(expression: string): Promise<string | undefined> {
    const query = `SELECT (${expression})::text AS value`;
    const { rows } = await this.quickClient.query<{ value: string | null }>(query).catch(() => ({ rows: [] }));
    return rows[0]?.value ?? undefined;
  }

  private async newClient(): Promise<Client> {
    const client = await this.cluster.connect();
    await client.query(SETTINGS);
    return client;
  }

  private async attempt(client: Client, who: string, statements: string): Promise<boolean> {
    try {
      await client.query(statements);
      this.outcomes.accepted += 1;
      this.note(`${who}: ${statements}`);
      return true;
    } catch (error) {
      this.outcomes.refused += 1;
      this.note(`${who}: ${statements}\n    refused: ${(error as Error).message}`);
      return false;
    }
  }
}
