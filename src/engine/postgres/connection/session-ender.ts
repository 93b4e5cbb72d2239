import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isConnectionLoss } from './postgres-errors.js';

/** Often enough that a client which reconnects at once gets nothing done in between. */
const INTERVAL_MS = 15;
/** How long to wait for the last answer. */
const PATIENCE_MS = 500;
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

  /** `spared` are the pids of sessions that stay; our own spares itself. */
  constructor(
    private readonly client: pg.ClientBase,
    private readonly databaseOids: number[],
    private readonly spared: readonly number[],
  ) {}

  start(): void {
    this.loop = this.run();
  }

  /** One round; resolves to who was found, a phrase each. Rejects when the connection is lost. */
  async endAll(): Promise<string[]> {
    await this.endOnce();
    return [...this.stubborn.values()];
  }

  /**
   * Resolves when the round under way is over, or soon: a helper that hangs must not hold up the opening
   * of the database. Never rejects: without this helper the rename fails by itself.
   */
  async stop(): Promise<EndingReport> {
    this.stopping.abort();
    const enough = new AbortController();
    await Promise.race([this.loop, sleep(PATIENCE_MS, undefined, { signal: enough.signal }).catch(() => undefined)]);
    enough.abort();
    return { lastEndedAt: this.lastEndedAt, stubborn: [...this.stubborn.values()] };
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.endOnce();
      } catch (error) {
        if (isConnectionLoss(error)) return;
      }
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async endOnce(): Promise<void> {
    const found = await this.find();
    const stubborn = new Map<number, string>();
    for (const { pid, inside, description } of found) {
      if (this.stopping.signal.aborted) return;
      const sentAt = performance.now();
      try {
        // One at a time: a single session that we may not end would fail the statement for all of them.
        const { rows } = await this.client.query<{ ended: boolean }>('SELECT pg_terminate_backend($1) AS ended', [pid]);
        if (rows[0]?.ended && inside) this.remember(pid, sentAt);
      } catch (error) {
        if (isConnectionLoss(error)) throw error;
      }
      stubborn.set(pid, description);
    }
    // Whoever is still there in the next round is said so again; the last whole round is what counts.
    this.stubborn = stubborn;
  }

  /** Only the first request counts: the session may have given its last answer before it. */
  private remember(pid: number, sentAt: number): void {
    if (this.told.has(pid)) return;
    this.told.add(pid);
    this.lastEndedAt = sentAt;
  }

  private async find(): Promise<Found[]> {
    const { rows } = await this.client.query<{ pid: number; inside: boolean; user: string | null; app: string | null }>(
      `SELECT pid, datid IS NOT NULL AS inside, usename::text AS user, application_name AS app
       FROM pg_stat_activity
       WHERE datid = ANY($1::oid[]) AND usesysid IS NOT NULL AND pid <> ALL($2::int[]) AND pid <> pg_backend_pid()
       UNION ALL
       SELECT DISTINCT l.pid, false, a.usename::text, a.application_name
       FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
       WHERE l.locktype = 'object' AND l.classid = ${PG_DATABASE_CLASS} AND l.objid = ANY($1::oid[])
         AND a.datid IS NULL AND l.pid <> ALL($2::int[]) AND l.pid <> pg_backend_pid()`,
      [this.databaseOids, this.spared],
    );
    return rows.map(({ pid, inside, user, app }) => ({
      pid,
      inside,
      description: `process ${pid} (role "${user ?? 'unknown'}"${app ? `, application "${app}"` : ''})`,
    }));
  }
}
