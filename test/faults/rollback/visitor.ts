import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Place } from './place.js';

/**
 * An application that reads and writes all the time and comes back whenever it is sent away. It never may see rows of
 * the one state with files of the other.
 */
export class Visitor {
  reads = 0;
  writes = 0;
  readonly mixtures: string[] = [];
  /** What it wrote and was told to be written, while everything was as it was before the rollback. */
  readonly confirmed: number[] = [];
  private stopped = false;
  private readonly visits: Promise<void>;
  private n = 0;

  constructor(private readonly place: Place) {
    this.visits = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.visits;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.visit().catch(() => undefined);
      await sleep(10);
    }
  }

  private async visit(): Promise<void> {
    const { host, port, database, user, password } = this.place.address;
    const client = new Client({ host, port, database, user, password, ssl: false, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      while (!this.stopped) {
        await this.look(client);
        await this.write(client);
        await sleep(this.place.slot.inAHurry ? 20 : 5);
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Rows, a file, rows again: when the session lived through it, all were of one moment. */
  private async look(client: Client): Promise<void> {
    const sql = 'SELECT state FROM marked WHERE n = 7';
    const before = (await client.query<{ state: string }>(sql)).rows[0]?.state;
    const file = (await readFile(join(this.place.files, '7.txt'), 'utf8')).split(' ')[0];
    const after = (await client.query<{ state: string }>(sql)).rows[0]?.state;
    this.reads += 1;
    if (before === after && before !== file) this.mixtures.push(`rows ${before}, file ${file}`);
  }

  /** The file first, the row that names it afterwards: as an application should. */
  private async write(client: Client): Promise<void> {
    const n = (this.n += 1);
    await mkdir(join(this.place.files, 'written'), { recursive: true });
    await writeFile(join(this.place.files, 'written', String(n)), String(n));
    const { rows } = await client.query<{ state: string }>(
      'INSERT INTO written VALUES ($1) RETURNING (SELECT state FROM marked WHERE n = 7) AS state',
      [n],
    );
    this.writes += 1;
    if (rows[0]?.state === 'present') this.confirmed.push(n);
  }
}
