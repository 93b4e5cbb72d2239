import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Announcements } from '../announcements/announcements.js';
import { audited } from '../audit/audited.js';
import { aboutSnapshot } from '../snapshots/snapshot.dto.js';
import { pinExpires } from '../snapshots/snapshot-announcements.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { PIN_GRACE } from './retention-candidates.js';

/** How long before its end a pin is told of. */
const NOTICE = `interval '7 days'`;
/** Pins one transaction is about. */
const BATCH = 200;

/**
 * Pins that have an end: they are told of a week before, in the log and to whoever listens, and taken off a day after their end, but never less
 * than a day after they were told of.
 */
@Injectable()
export class PinExpiry {
  private readonly logger = new Logger(PinExpiry.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly announcements: Announcements,
  ) {}

  async lookAfter(signal: AbortSignal): Promise<void> {
    const tell = (manager: EntityManager, snapshot: SnapshotEntity) => this.tell(manager, snapshot);
    while (!signal.aborted && (await this.batch(TELL, tell)) === BATCH);
    const tookOff = async (manager: EntityManager, snapshot: SnapshotEntity) => {
      const { id, environmentId } = snapshot;
      this.logger.log({ snapshotId: id, environmentId }, 'The pin of a snapshot has expired and is taken off.');
      const [before, after] = [{ pinned: true }, { pinned: false }];
      audited(manager, { ...aboutSnapshot(snapshot), operation: 'pin.expire', before, after });
    };
    while (!signal.aborted && (await this.batch(TAKE_OFF, tookOff)) === BATCH);
  }

  private async tell(manager: EntityManager, snapshot: SnapshotEntity): Promise<void> {
    const { id, environmentId, pinnedBy, pinExpiresAt } = snapshot;
    this.logger.warn(
      { snapshotId: id, environmentId },
      `The pin of a snapshot${pinnedBy === null ? '' : `, by ${JSON.stringify(pinnedBy)},`} expires on ${pinExpiresAt?.toISOString()}; pin it again to keep it.`,
    );
    await this.announcements.announce(manager, pinExpires, snapshot);
  }

  private async batch(
    sql: string,
    about: (manager: EntityManager, snapshot: SnapshotEntity) => Promise<void>,
  ): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const rows: { id: string }[] = await manager.query(sql);
      for (const { id } of rows) await about(manager, await manager.findOneByOrFail(SnapshotEntity, { id }));
      return rows.length;
    });
  }
}

const changing = (set: string, where: string) => `
  WITH changed AS (
    UPDATE snapshots SET ${set} WHERE id IN (
      SELECT id FROM snapshots WHERE pinned_at IS NOT NULL AND pin_expires_at IS NOT NULL AND ${where}
       ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
    RETURNING id
  ) SELECT id FROM changed`;

const TELL = changing('pin_told_at = now()', `pin_told_at IS NULL AND pin_expires_at < now() + ${NOTICE}`);

const TAKE_OFF = changing(
  'pinned_at = NULL, pinned_by = NULL, pin_reason = NULL, pin_expires_at = NULL, pin_told_at = NULL',
  `pin_told_at IS NOT NULL AND GREATEST(pin_expires_at, pin_told_at) + ${PIN_GRACE} <= now()`,
);
