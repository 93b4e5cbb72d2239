// Clients that query in a loop and connect anew whenever they are thrown out, in a process of their own so that what
// the bench does meanwhile does not hold them up. Told what to do by messages; see `ReconnectingClients`.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { WRITTEN } from './written.js';

export interface ClientsStart {
  connection: ClientConfig;
  clients: number;
}

/** What they have seen of one change from a database to another of the same name, in milliseconds. */
export interface Outage {
  /** From the last answer of the old database to the first of the new one, over all clients; null without a change. */
  downtimeMs: number | null;
  /** The longest that any one of them was without an answer. */
  longestWaitMs: number;
  /** Answers of the old database to questions that were asked after the new one had answered. */
  staleAnswers: number;
  answers: number;
  failures: number;
  /** What was written into `WRITTEN` and confirmed; only the old database has that table. */
  confirmed: number[];
}

/** Between two questions of one client. */
const PAUSE_MS = 50;
/** Before connecting again. */
const RECONNECT_MS = 10;
const CONNECT_TIMEOUT_MS = 2000;
const UNDEFINED_TABLE = '42P01';

/** Tells one database from another of the same name. */
const QUESTION = 'SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()';

const stopping = new AbortController();
let first: number | undefined;
let [lastOld, firstNew] = [0, Infinity];
const seen: Outage = { downtimeMs: null, longestWaitMs: 0, staleAnswers: 0, answers: 0, failures: 0, confirmed: [] };

async function ask(client: Client, since: number): Promise<number> {
  const asked = performance.now();
  const { rows } = await client.query<{ oid: number }>(QUESTION);
  const now = performance.now();
  const oid = rows[0]!.oid;
  first ??= oid;
  if (oid === first) {
    if (asked > firstNew) seen.staleAnswers += 1;
    lastOld = Math.max(lastOld, now);
  } else firstNew = Math.min(firstNew, now);
  seen.answers += 1;
  seen.longestWaitMs = Math.max(seen.longestWaitMs, now - since);
  return now;
}

async function live(connection: ClientConfig): Promise<void> {
  let since = performance.now();
  while (!stopping.signal.aborted) {
    const client = new Client({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (; !stopping.signal.aborted; await sleep(PAUSE_MS)) since = await ask(client, since);
    } catch {
      seen.failures += 1;
      await sleep(RECONNECT_MS);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** One of them writes, until it has lost its table to the swap. */
async function write(connection: ClientConfig): Promise<void> {
  for (let [n, gone] = [0, false]; !stopping.signal.aborted && !gone; await sleep(RECONNECT_MS)) {
    const client = new Client({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (; !stopping.signal.aborted; await sleep(PAUSE_MS)) {
        n += 1;
        await client.query(`INSERT INTO ${WRITTEN} VALUES ($1)`, [n]);
        seen.confirmed.push(n);
      }
    } catch (error) {
      gone = (error as { code?: string }).code === UNDEFINED_TABLE;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

process.once('message', (message) => {
  const { connection, clients } = message as ClientsStart;
  const lives = Promise.all([write(connection), ...Array.from({ length: clients }, () => live(connection))]);
  process.once('message', () => {
    stopping.abort();
    void lives.then(() => {
      const outage: Outage = { ...seen, downtimeMs: firstNew === Infinity ? null : firstNew - lastOld };
      process.send?.(outage, () => process.disconnect());
    });
  });
});
