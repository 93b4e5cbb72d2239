import type { EntityManager } from 'typeorm';
import type { DatedSnapshot, Timeline } from './keep-rules.js';
import { BLOCKED, NOT_REFUTED } from '../snapshots/restorability/restorability-sql.js';

/** Rows that are held at a time: periods are mostly shorter than so many snapshots. */
const PAGE = 200;

const COLUMNS = `s.id, s.created_at AS "createdAt", NOT ${BLOCKED} AS restorable`;
const COUNTED = `s.environment_id = $1 AND s.status = 'completed' AND ${NOT_REFUTED}`;
const NEWEST_FIRST = 'ORDER BY s.created_at DESC, s.id DESC';

/** The timeline of an environment, as its rows say. It leaps over what it is not asked for, and holds one page at a time. */
export class SnapshotTimeline implements Timeline {
  private page: DatedSnapshot[] = [];
  /** Older ones than the page has, there are not. */
  private isLast = false;

  constructor(
    private readonly manager: EntityManager,
    private readonly environmentId: string,
  ) {}

  async newest(count: number): Promise<DatedSnapshot[]> {
    if (count === 0) return [];
    return this.read(`${NEWEST_FIRST} LIMIT $2`, [count]);
  }

  async newestBefore(moment: Date | null): Promise<DatedSnapshot | null> {
    const inPage = moment === null ? undefined : this.page.find(({ createdAt }) => createdAt < moment);
    if (inPage !== undefined) return inPage;
    if (moment !== null && this.isLast) return null;
    const before = '($2::timestamptz IS NULL OR s.created_at < $2)';
    this.page = await this.read(`AND ${before} ${NEWEST_FIRST} LIMIT ${PAGE}`, [moment]);
    this.isLast = this.page.length < PAGE;
    return this.page[0] ?? null;
  }

  async newestRestorable(from: Date, before: Date | null): Promise<DatedSnapshot | null> {
    const within = 's.created_at >= $2 AND ($3::timestamptz IS NULL OR s.created_at < $3)';
    const rows = await this.read(`AND ${within} AND NOT ${BLOCKED} ${NEWEST_FIRST} LIMIT 1`, [from, before]);
    return rows[0] ?? null;
  }

  async oldest(): Promise<DatedSnapshot | null> {
    const rows = await this.read('ORDER BY s.created_at, s.id LIMIT 1', []);
    return rows[0] ?? null;
  }

  async newestOfRule(rule: string, count: number): Promise<DatedSnapshot[]> {
    return this.manager.query(
      `SELECT ${COLUMNS} FROM schedule_runs r JOIN snapshots s ON s.id = r.snapshot_id
        WHERE r.environment_id = $1 AND r.rule = $2 AND ${COUNTED} ORDER BY r.due_at DESC LIMIT $3`,
      [this.environmentId, rule, count],
    );
  }

  private async read(rest: string, values: unknown[]): Promise<DatedSnapshot[]> {
    return this.manager.query(`SELECT ${COLUMNS} FROM snapshots s WHERE ${COUNTED} ${rest}`, [
      this.environmentId,
      ...values,
    ]);
  }
}
