import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { Finding } from '../contract/generated/types.gen.js';
import { Announcements } from '../announcements/announcements.js';
import { attentionBegan } from './keeper-announcements.js';
import { KeeperItemEntity } from './keeper-item.entity.js';
import { ATTENTION_AFTER_SECONDS, TELL_AGAIN_SECONDS } from './pauses.js';
import type { NewKeeperItem } from './upkeep.js';
import type { KeeperKind } from './keeper-item.entity.js';

/** For how long an item is a process's that says nothing more (seconds). */
const HOLD_SECONDS = 15;
const HELD_UNTIL = `clock_timestamp() + make_interval(secs => ${HOLD_SECONDS})`;
/** Due, and held by nobody. */
const FREE = 'due_at <= clock_timestamp() AND (held_until IS NULL OR held_until < clock_timestamp())';

/** What came of a try. */
export interface TendFailure {
  finding: Finding;
  pauseSeconds: number;
  needsPerson: boolean;
  /** What goes into the item's data. */
  remember: Record<string, unknown>;
}

/** The rows of `NewKeeperItem`s; $1 is their kind, $2 they themselves. */
const GIVEN = `
  SELECT $1, given.subject, given."projectId", given."environmentId",
         (SELECT organization FROM projects WHERE id = given."projectId"),
         given.pool, coalesce(given.data, '{}'), clock_timestamp() + make_interval(secs => coalesce(given."afterSeconds", 0))
    FROM jsonb_to_recordset($2::jsonb)
      AS given (subject text, "projectId" uuid, "environmentId" uuid, pool text, data jsonb, "afterSeconds" float8)`;

/**
 * The rows of the keeper. All times are the database's. Whoever holds an item says so every few seconds; what he writes is
 * written only as long as it is his.
 */
@Injectable()
export class KeeperItems {
  constructor(
    @InjectRepository(KeeperItemEntity) private readonly items: Repository<KeeperItemEntity>,
    private readonly announcements: Announcements,
  ) {}

  /**
   * Leaves something to the keeper, in the caller's transaction. Asked for twice it is one, due at the earlier time; asked for
   * while somebody is at it, it is done once more.
   */
  async put(manager: EntityManager, kind: KeeperKind, ...items: readonly NewKeeperItem[]): Promise<void> {
    await manager.query(
      `INSERT INTO keeper_items AS k (kind, subject, project_id, environment_id, organization, pool, data, due_at)
       ${GIVEN}
       ON CONFLICT (kind, subject) DO UPDATE
          SET asked = k.asked + 1, pool = EXCLUDED.pool, data = k.data || EXCLUDED.data,
              due_at = CASE WHEN k.held_until > clock_timestamp()
                            THEN GREATEST(EXCLUDED.due_at, clock_timestamp() + make_interval(secs => $3))
                            ELSE LEAST(k.due_at, GREATEST(EXCLUDED.due_at, k.done_at + make_interval(secs => $3))) END`,
      [kind, JSON.stringify(items), Math.max(0, ...items.map(({ pauseSeconds = 0 }) => pauseSeconds))],
    );
  }

  /** The same by itself, where there is no transaction. */
  async putAlone(kind: KeeperKind, ...items: readonly NewKeeperItem[]): Promise<void> {
    await this.put(this.items.manager, kind, ...items);
  }

  /** The same for what was found, unless it is there already: then it goes its own way. */
  async putFound(kind: KeeperKind, found: readonly NewKeeperItem[]): Promise<void> {
    if (found.length === 0) return;
    await this.items.query(
      `INSERT INTO keeper_items (kind, subject, project_id, environment_id, organization, pool, data, due_at)
       ${GIVEN} ON CONFLICT (kind, subject) DO NOTHING`,
      [kind, JSON.stringify(found)],
    );
  }

  /** What is left of an environment goes to the workers of another pool with it. */
  async moveTo(manager: EntityManager, environmentId: string, pool: string): Promise<void> {
    const sql = 'UPDATE keeper_items SET pool = $2 WHERE environment_id = $1 AND pool IS NOT NULL';
    await manager.query(sql, [environmentId, pool]);
  }

  /** The kinds of what is due for these pools' workers and held by nobody. */
  async dueKinds(pools: readonly string[]): Promise<Set<KeeperKind>> {
    const rows: { kind: KeeperKind }[] = await this.items.query(
      `SELECT DISTINCT kind FROM keeper_items
        WHERE ${FREE} AND (pool IS NULL OR pool = ANY ($1))`,
      [pools],
    );
    return new Set(rows.map(({ kind }) => kind));
  }

  /** Takes up to `limit` due items of a kind that these pools' workers may look after. */
  async take(kind: KeeperKind, holder: string, pools: readonly string[], limit: number): Promise<KeeperItemEntity[]> {
    const rows: { id: string }[] = await this.items.query(
      `WITH taken AS (
         UPDATE keeper_items SET held_by = $2, held_until = ${HELD_UNTIL}
          WHERE id IN (
            SELECT id FROM keeper_items
             WHERE kind = $1 AND ${FREE} AND (pool IS NULL OR pool = ANY ($3))
             ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
         RETURNING id
       ) SELECT id FROM taken`,
      [kind, holder, pools, limit],
    );
    if (rows.length === 0) return [];
    return this.items.findBy({ id: In(rows.map(({ id }) => id)) });
  }

  /** Says that the holder is alive; returns the ids of what is still his. */
  async renew(holder: string): Promise<Set<string>> {
    const rows: { id: string }[] = await this.items.query(
      `WITH mine AS (
         UPDATE keeper_items SET held_until = ${HELD_UNTIL}
          WHERE held_by = $1 AND held_until > clock_timestamp() RETURNING id
       ) SELECT id FROM mine`,
      [holder],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** It went well: it goes, unless somebody has asked for it again meanwhile. */
  async done(item: KeeperItemEntity, holder: string): Promise<void> {
    const rows: unknown[] = await this.items.query(
      `WITH gone AS (DELETE FROM keeper_items WHERE id = $1 AND held_by = $2 AND asked = $3 RETURNING id)
       SELECT id FROM gone`,
      [item.id, holder, item.asked],
    );
    if (rows.length === 0) await this.again(item, holder, 0);
  }

  /** It went well, and comes round again; at once when somebody has asked for it meanwhile. */
  async again(item: KeeperItemEntity, holder: string, afterSeconds: number): Promise<void> {
    await this.items.query(
      `UPDATE keeper_items
          SET held_by = NULL, held_until = NULL, done_at = clock_timestamp(), tries = 0, failure = NULL, failed_since = NULL,
              attention = false, told_at = NULL, since = clock_timestamp(),
              due_at = CASE WHEN asked = $3 THEN clock_timestamp() + make_interval(secs => $4) ELSE due_at END
        WHERE id = $1 AND held_by = $2`,
      [item.id, holder, item.asked, afterSeconds],
    );
  }

  /**
   * Has what is there of a kind looked after soon, in the caller's transaction. Never waits: an item that somebody else is just
   * writing is passed over. So it is a favour, and who asks it finds what is left by other means, too.
   */
  async wake(manager: EntityManager, kind: KeeperKind, subjects: readonly string[]): Promise<void> {
    await manager.query(
      `UPDATE keeper_items SET asked = asked + 1, due_at = LEAST(due_at, clock_timestamp())
        WHERE id IN (SELECT id FROM keeper_items WHERE kind = $1 AND subject = ANY ($2) FOR UPDATE SKIP LOCKED)`,
      [kind, subjects],
    );
  }

  /** It did not go well. Returns whether that is news: told for the first time today, or for another reason than before. */
  async failed(item: KeeperItemEntity, holder: string, failure: TendFailure): Promise<boolean> {
    return this.items.manager.transaction(async (manager) => {
      const written = await this.writeFailure(manager, item, holder, failure);
      if (written?.isCalled === true)
        await this.announcements.announce(
          manager,
          attentionBegan,
          await manager.findOneByOrFail(KeeperItemEntity, { id: item.id }),
        );
      return written?.news ?? false;
    });
  }

  /** Undefined when it is not his any more. `isCalled`: it needs a person, and did not before. */
  private async writeFailure(
    manager: EntityManager,
    item: KeeperItemEntity,
    holder: string,
    { finding, pauseSeconds, needsPerson, remember }: TendFailure,
  ): Promise<{ news: boolean; isCalled: boolean } | undefined> {
    const rows: { news: boolean; isCalled: boolean }[] = await manager.query(
      `WITH before AS (SELECT id, failure, told_at, attention FROM keeper_items WHERE id = $1 AND held_by = $2),
       written AS (
         UPDATE keeper_items k
            SET held_by = NULL, held_until = NULL, tries = tries + 1, failure = $3::jsonb, data = data || $7,
                failed_since = coalesce(failed_since, clock_timestamp()),
                attention = $5 OR coalesce(failed_since, clock_timestamp())
                            < clock_timestamp() - make_interval(secs => ${ATTENTION_AFTER_SECONDS}),
                told_at = CASE WHEN told_at > clock_timestamp() - make_interval(secs => ${TELL_AGAIN_SECONDS})
                                    AND k.failure ->> 'code' = $3::jsonb ->> 'code'
                               THEN told_at ELSE clock_timestamp() END,
                due_at = CASE WHEN asked = $6 THEN clock_timestamp() + make_interval(secs => $4) ELSE due_at END
          WHERE id = $1 AND held_by = $2 RETURNING id, told_at, attention
       ) SELECT written.told_at IS DISTINCT FROM before.told_at AS news,
                written.attention AND NOT before.attention AS "isCalled" FROM written JOIN before USING (id)`,
      [item.id, holder, JSON.stringify(finding), pauseSeconds, needsPerson, item.asked, JSON.stringify(remember)],
    );
    return rows[0];
  }

  /** Gives it back as it was; the next one begins at once. */
  async release(holder: string): Promise<void> {
    await this.items.query('UPDATE keeper_items SET held_by = NULL, held_until = NULL WHERE held_by = $1', [holder]);
  }
}
