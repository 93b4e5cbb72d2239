import type { PgBoss } from 'pg-boss';
import { UNSYNCED } from './unsynced.js';

/** Where a job stands in its queue: smaller ones are taken first, of equal ones the older. */
export type Tag = number;

/**
 * Whose turn it is in a queue that organizations share: start-time fair queueing (after Goyal, Vin and Cheng). A job's tag is one more than
 * that of the organization's job before it, but not less than that of the last job that has begun. So each organization has one job of each
 * tag; who has queued a hundred has the next hundred tags, and who comes now stands beside the one that runs. Nobody saves up turns while
 * idle, and whoever was served an hour ago comes after those who were not: the last tag of each is remembered, not only what waits.
 *
 * Not in the transaction that enqueues, which would keep everybody of the organization waiting until it ends: one that fails after it
 * has taken a tag has let the others by once.
 */
export class FairTurns {
  constructor(private readonly boss: PgBoss) {}

  /** The tag of the organization's next job. Two at a time get two. */
  async next(queue: string, organization: string): Promise<Tag> {
    const { rows } = await this.boss.getDb().executeSql(
      `INSERT INTO queue_turns AS turn (queue, organization, tag)
       VALUES ($1, $2, coalesce((SELECT begun.tag FROM queue_turns begun WHERE begun.queue = $1 AND begun.organization = ''), 0))
       ON CONFLICT (queue, organization) DO UPDATE SET tag = greatest(excluded.tag, turn.tag + 1)
       RETURNING tag`,
      [queue, organization],
    );
    return (rows as { tag: Tag }[])[0]?.tag ?? 0;
  }

  /** A job with this tag begins: nobody who comes from here on comes before it. */
  async began(queue: string, tag: Tag): Promise<void> {
    await this.boss.getDb().executeSql(
      `${UNSYNCED} INSERT INTO queue_turns AS turn (queue, organization, tag) SELECT $1, '', $2::int FROM unsynced
       ON CONFLICT (queue, organization) DO UPDATE SET tag = excluded.tag WHERE turn.tag < excluded.tag`,
      [queue, tag],
    );
  }
}
