import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { ProgressEventEntity } from './progress-event.entity.js';

/** The channel on which processes tell each other that a subject has a new event. */
export const PROGRESS_CHANNEL = 'snapback_progress';

/** How many events one read of the log returns; a stream that is further behind reads again. */
const READ_LIMIT = 200;

/** How many events of one subject one read for many subjects returns. */
const READ_LIMIT_EACH = 20;

/** One recorded event. `data` is what the contract calls the event's data. */
export interface RecordedProgress<T> {
  id: string;
  data: T;
}

/** The persisted progress of snapshots and rollbacks. */
@Injectable()
export class ProgressLog {
  constructor(@InjectRepository(ProgressEventEntity) private readonly events: Repository<ProgressEventEntity>) {}

  /**
   * Records an event and announces it when the surrounding transaction commits. Nothing follows a final
   * event: a worker may go on for a moment after its subject was ended without it.
   */
  async append(subjectId: string, data: object, manager: EntityManager = this.events.manager): Promise<void> {
    // One statement: by itself it is one round trip, so that whoever stands still holds no lock meanwhile.
    await manager.query('SELECT append_progress($1, $2, $3)', [subjectId, JSON.stringify(data), PROGRESS_CHANNEL]);
  }

  /** For a subject that has ended and goes on all the same: its next event is the first, in the caller's transaction. */
  async beginAnew(subjectId: string, manager: EntityManager): Promise<void> {
    await manager.delete(ProgressEventEntity, { subjectId });
  }

  async latest<T>(
    subjectId: string,
    manager: EntityManager = this.events.manager,
  ): Promise<RecordedProgress<T> | null> {
    const rows: RecordedProgress<T>[] = await manager.query(
      `SELECT id::text, data FROM progress_events WHERE subject_id = $1 ORDER BY progress_events.id DESC LIMIT 1`,
      [subjectId],
    );
    return rows[0] ?? null;
  }

  /** How far the subject has come, in percent. */
  async percentOf(subjectId: string, manager?: EntityManager): Promise<number> {
    return (await this.latest<{ percent: number }>(subjectId, manager))?.data.percent ?? 0;
  }

  /**
   * The events of each of these subjects after the id beside it, oldest first, in one statement; at most 20 of each, and
   * `unfinished` are the subjects that may have more. Within a subject ids become visible in their order (see `append`).
   */
  async news<T>(
    watched: readonly (readonly [subjectId: string, after: string])[],
  ): Promise<{ events: (RecordedProgress<T> & { subjectId: string })[]; unfinished: string[] }> {
    const events: (RecordedProgress<T> & { subjectId: string })[] = await this.events.query(
      `SELECT event.subject_id AS "subjectId", event.id::text, event.data
         FROM unnest($1::uuid[], $2::bigint[]) AS watched (subject_id, after),
              LATERAL (SELECT * FROM progress_events
                        WHERE progress_events.subject_id = watched.subject_id AND progress_events.id > watched.after
                        ORDER BY progress_events.id LIMIT ${READ_LIMIT_EACH}) AS event
        ORDER BY event.id`,
      [watched.map(([subjectId]) => subjectId), watched.map(([, after]) => after)],
    );
    const counts = Map.groupBy(events, ({ subjectId }) => subjectId);
    const unfinished = [...counts].filter(([, of]) => of.length === READ_LIMIT_EACH).map(([subjectId]) => subjectId);
    return { events, unfinished };
  }

  /** The events after `id`, oldest first, at most 200. */
  async after<T>(subjectId: string, id: string): Promise<RecordedProgress<T>[]> {
    return this.events.query(
      `SELECT id::text, data FROM progress_events WHERE subject_id = $1 AND progress_events.id > $2::bigint
        ORDER BY progress_events.id LIMIT ${READ_LIMIT}`,
      [subjectId, id],
    );
  }
}
