import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isConnectionLoss } from './postgres-errors.js';

/** Often enough that a client which reconnects at once gets nothing done in between. */
const INTERVAL_MS = 15;
/** How long to wait for the last answer. */
const PATIENCE_MS = 500;
/**
 * So long, whoever waits to be let in is left waiting: sent away, a client comes again at once, and many of them take the very
 * processors that those need who keep them waiting. No longer, since every one of them takes one of the server's connections.
 */
const WAITING_MS = 500;
/** Of those that `alone` is called for, so that somebody whom we cannot see does not make us call forever. */
const MAX_ALONE = 20;
/** The catalogue of databases, as `pg_locks` calls it. */
const PG_DATABASE_CLASS = 1262;

interface Found {
  pid: number;
  /** In the database already, and not just waiting to be let in. */
  inside: boolean;
  description: string;
}

/** What ending sessions has come to. */
export interface EndingReport {
  /** When, by `performance.now()`, the last session that could still answer was told to end; undefined for none. */
  lastEndedAt: number | undefined;
  /** Who is in the way and could not be ended, for a person. */
  stubborn: string[];
}

/**
 * Ends every session of some databases, again and again until it is stopped. A session in start-up is
 * not in `pg_stat_activity` yet; it can be found by its lock on the database's catalogue row. The server's own autovacuum is
 * nobody's session (it has no user): it changes no row, only a superuser may end it, and the server does that itself where it is in the way.
 */
export class SessionEnder {
  private lastEndedAt: number | undefined;
  private readonly told = new Set<number>();
  private stubborn: ReadonlyMap<number, string> = new Map();
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;

  /**
   * `spared` are the pids of sessions that stay; our own spares itself. `alone` is called after a round of the loop in which nobody
   * was there.
   */
  constructor(
    private readonly client: pg.ClientBase,
    private readonly databaseOids: number[],
    private readonly spared: readonly number[],
    private readonly alone?: () => Promise<void>,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  /** One round, of those too who wait to be let in; resolves to who was found, a phrase each. Rejects when the connection is lost. */
  async endAll(): Promise<string[]> {
    await this.end(await this.find('waiting too'));
    return [...this.stubborn.values()];
  }

  /** `endAll` for whoever does not need to know: resolves soon, and never rejects. */
  async sendAway(): Promise<void> {
    await soon(this.endAll().catch(() => undefined));
  }

  /**
   * Resolves when the round under way is over, or soon: a helper that hangs must not hold up the opening
   * of the database. Never rejects: without this helper the rename fails by itself.
   */
  async stop(): Promise<EndingReport> {
    this.stopping.abort();
    await soon(this.loop);
    return { lastEndedAt: this.lastEndedAt, stubborn: [...this.stubborn.values()] };
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const startedAt = performance.now();
    for (let alone = 0; !signal.aborted;) {
      try {
        const found = await this.find(performance.now() - startedAt < WAITING_MS ? 'inside' : 'waiting too');
        await this.end(found);
        if (found.length === 0 && !signal.aborted && alone < MAX_ALONE) {
          alone += 1;
          await this.alone?.();
        }
      } catch (error) {
        if (isConnectionLoss(error)) return;
      }
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whoever is still there in the next round is said so again; the last whole round is what counts. */
  private async end(found: readonly Found[]): Promise<void> {
    // A single session that we may not end fails the statement for all that come after it.
    const isDone = found.length > 1 && (await this.terminate(found));
    for (const one of isDone ? [] : found) {
      if (this.stopping.signal.aborted) return;
      await this.terminate([one]);
    }
    this.stubborn = new Map(found.map(({ pid, description }) => [pid, description]));
  }

  /** False when one of them may not be ended. Rejects when the connection is lost. */
  private async terminate(sessions: readonly Found[]): Promise<boolean> {
    const sentAt = performance.now();
    try {
      const { rows } = await this.client.query<{ pid: number; ended: boolean }>(
        'SELECT pid, pg_terminate_backend(pid) AS ended FROM unnest($1::int[]) AS pid',
        [sessions.map(({ pid }) => pid)],
      );
      const ended = new Set(rows.filter((row) => row.ended).map(({ pid }) => pid));
      for (const { pid, inside } of sessions) if (inside && ended.has(pid)) this.remember(pid, sentAt);
      return true;
    } catch (error) {
      if (isConnectionLoss(error)) throw error;
      return false;
    }
  }

  /** Only the first request counts: the session may have given its last answer before it. */
  private remember(pid: number, sentAt: number): void {
    if (this.told.has(pid)) return;
    this.told.add(pid);
    this.lastEndedAt = sentAt;
  }

  private async find(who: 'inside' | 'waiting too'): Promise<Found[]> {
    const { rows } = await this.client.query<{ pid: number; inside: boolean; user: string | null; app: string | null }>(
      `SELECT pid, datid IS NOT NULL AS inside, usename::text AS user, application_name AS app
       FROM pg_stat_activity
       WHERE datid = ANY($1::oid[]) AND usesysid IS NOT NULL AND pid <> ALL($2::int[]) AND pid <> pg_backend_pid()
       UNION ALL
       SELECT DISTINCT l.pid, false, a.usename::text, a.application_name
       FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
       WHERE l.locktype = 'object' AND l.classid = ${PG_DATABASE_CLASS} AND l.objid = ANY($1::oid[])
         AND a.datid IS NULL AND (l.granted OR $3) AND l.pid <> ALL($2::int[]) AND l.pid <> pg_backend_pid()`,
      [this.databaseOids, this.spared, who === 'waiting too'],
    );
    return rows.map(({ pid, inside, user, app }) => ({
      pid,
      inside,
      description: `process ${pid} (role "${user ?? 'unknown'}"${app ? `, application "${app}"` : ''})`,
    }));
  }
}

/** Resolves with it, or when it has taken too long. It never rejects. */
async function soon(work: Promise<unknown> | undefined): Promise<void> {
  const enough = new AbortController();
  await Promise.race([work, sleep(PATIENCE_MS, undefined, { signal: enough.signal }).catch(() => undefined)]);
  enough.abort();
}
