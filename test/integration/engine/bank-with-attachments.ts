import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';

const ACCOUNTS = 400;
const BALANCE = 1000;
const PAUSE_MS = 3;

/** What all accounts have together, always. */
export const TOTAL = ACCOUNTS * BALANCE;

/** Every path that some row names. */
export const REFERENCES = 'SELECT path FROM attachment';

export const BANK_SQL = `
  CREATE TABLE account (id serial PRIMARY KEY, balance int NOT NULL, note text);
  INSERT INTO account (balance, note) SELECT ${BALANCE}, repeat('n', 200) FROM generate_series(1, ${ACCOUNTS});
  CREATE TABLE attachment (id serial PRIMARY KEY, account int REFERENCES account ON DELETE CASCADE, path text NOT NULL UNIQUE);
  CREATE TABLE ledger (id serial PRIMARY KEY, amount int NOT NULL)`;

/**
 * An application with several clients that does what is asked of one: a file is written before the row that names it
 * commits, and removed when no row names it any more and no snapshot is running.
 */
export class BankWithAttachments {
  private readonly stopping = new AbortController();
  private readonly unnamed: string[] = [];
  private clients: Promise<void>[] = [];
  transfers = 0;
  attached = 0;
  removed = 0;

  constructor(
    private readonly address: DatabaseAddress,
    private readonly filestore: string,
  ) {}

  start(clients: number): void {
    this.clients = Array.from({ length: clients }, (_, index) => this.work(index));
  }

  /** Rejects with the first error any client had. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.clients);
  }

  /** The clean-up job, which runs between snapshots. */
  async removeUnnamed(): Promise<void> {
    for (const path of this.unnamed.splice(0)) {
      await rm(join(this.filestore, path));
      this.removed += 1;
    }
  }

  private async work(index: number): Promise<void> {
    const { host, port, database, user, password } = this.address;
    const client = new Client({ host, port, database, user, password, ssl: false });
    await client.connect();
    try {
      for (let turn = index; !this.stopping.signal.aborted; turn += 1) {
        const steps = [this.transfer, this.attach, this.transfer, this.replace, this.split, this.attach, this.merge];
        await steps[turn % steps.length]!.call(this, client);
        // Always at it, and yet not all that the machine does.
        await pause(PAUSE_MS);
      }
    } finally {
      await client.end();
    }
  }

  private async transfer(client: Client): Promise<void> {
    // Always the lower one first, so that two never wait for each other in a circle.
    await client.query(`BEGIN; INSERT INTO ledger (amount) VALUES (7);
      WITH two AS (SELECT id FROM account WHERE id IN (SELECT id FROM account ORDER BY random() LIMIT 2) ORDER BY id FOR UPDATE),
           ends AS (SELECT min(id) AS one, max(id) AS other FROM two HAVING count(*) = 2)
      UPDATE account SET balance = balance + CASE id WHEN one THEN 7 ELSE -7 END FROM ends WHERE id IN (one, other); COMMIT`);
    this.transfers += 1;
  }

  /** One account becomes two. */
  private async split(client: Client): Promise<void> {
    await client.query(`WITH one AS (SELECT id, balance FROM account ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED),
        less AS (UPDATE account SET balance = account.balance - 5 FROM one WHERE account.id = one.id RETURNING 1)
      INSERT INTO account (balance) SELECT 5 FROM less`);
  }

  /** One account, with the rows of its attachments, goes, and another one has what it had. */
  private async merge(client: Client): Promise<void> {
    await client.query('BEGIN');
    const { rows } = await client.query<{ id: number; balance: number }>(
      'SELECT id, balance FROM account ORDER BY random() LIMIT 2 FOR UPDATE SKIP LOCKED',
    );
    const [from, to] = rows;
    if (from && to) {
      const gone = await client.query<{ path: string }>('DELETE FROM attachment WHERE account = $1 RETURNING path', [
        from.id,
      ]);
      // Whoever attached something meanwhile waits for our lock, and finds no account.
      await client.query('DELETE FROM account WHERE id = $1', [from.id]);
      await client.query('UPDATE account SET balance = balance + $2 WHERE id = $1', [to.id, from.balance]);
      await client.query('COMMIT');
      this.unnamed.push(...gone.rows.map(({ path }) => path));
    } else {
      await client.query('ROLLBACK');
    }
  }

  private async attach(client: Client): Promise<void> {
    const path = await this.newFile();
    await client.query('BEGIN');
    const { rowCount } = await client.query(
      `INSERT INTO attachment (account, path)
       SELECT id, $1 FROM account WHERE id = (SELECT id FROM account ORDER BY random() LIMIT 1) FOR KEY SHARE`,
      [path],
    );
    // Every now and then the client changes its mind.
    const kept = rowCount === 1 && Math.random() < 0.9;
    await client.query(kept ? 'COMMIT' : 'ROLLBACK');
    if (!kept) this.unnamed.push(path);
    this.attached += 1;
  }

  /** A file is never written over: the row names another one from now on. */
  private async replace(client: Client): Promise<void> {
    const path = await this.newFile();
    const { rows } = await client.query<{ old: string }>(
      `WITH one AS (SELECT id, path FROM attachment ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED)
       UPDATE attachment SET path = $1 FROM one WHERE attachment.id = one.id RETURNING one.path AS old`,
      [path],
    );
    this.unnamed.push(rows[0]?.old ?? path);
  }

  private async newFile(): Promise<string> {
    const id = randomUUID();
    const path = `${id.slice(0, 2)}/${id}`;
    const file = join(this.filestore, path);
    await mkdir(dirname(file), { recursive: true });
    // As careful applications do: whoever finds the file finds all of it.
    await writeFile(`${file}.part`, `content of ${path}`);
    await rename(`${file}.part`, file);
    return path;
  }
}
