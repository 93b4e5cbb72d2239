import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { BuiltStandby } from '../../engine/restore/standby/built-standby.js';
import { type StandbyEnd, Standbys } from '../standby/standbys.js';
import type { Finding, VerificationOutcome } from '../../contract/generated/types.gen.js';
import { audited } from '../../audit/audited.js';
import { databaseTime } from '../../database/database-time.js';
import { JobQueue } from '../../jobs/job-queue.js';
import { ProgressLog } from '../../progress/progress-log.js';
import { organizationOf } from '../../projects/tenancy.js';
import { VERIFY_JOB } from '../jobs/job-names.js';
import type { VerifyJobData } from '../jobs/job-names.js';
import { learnOfSnapshot } from '../restorability/learn-of-snapshot.js';
import type { RestorabilityEvent } from '../restorability/restorability.js';
import type { SnapshotEntity } from '../snapshot.entity.js';
import { Announcements } from '../../announcements/announcements.js';
import { snapshotVerified } from '../snapshot-announcements.js';
import { toVerificationProgress } from './verification.dto.js';
import { VerificationEntity } from './verification.entity.js';

/** How a verification ends: its outcome, what is to be said about it, and what was compared. */
export interface VerificationEnd {
  outcome: VerificationOutcome;
  finding: Finding | null;
  /** As things stand, the role cannot restore it on this server. */
  blocking?: boolean;
  /** Of an inconclusive one: nothing of the snapshot was looked at, and nothing is said of it. */
  unseen?: boolean;
  /** What was kept of what was restored, where a standby was to be built. */
  standby?: BuiltStandby;
  /** Of an inconclusive one: it was restored, and its rows and files are equal. */
  restored?: boolean;
  compared?: Pick<VerificationEntity, 'tableCount' | 'rowCount' | 'fileCount' | 'filestoreBytes'>;
}

export interface VerificationOrder {
  id?: string;
  requestedBy: string;
  pool: string;
  /** What is restored is kept as this standby. */
  standbyId?: string;
}

/** The only writer of a verification's status. */
@Injectable()
export class VerificationLifecycle {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly progress: ProgressLog,
    private readonly announcements: Announcements,
    private readonly standbys: Standbys,
  ) {}

  /** A queued verification and its job, in the caller's transaction, which holds the snapshot's row. */
  async order(manager: EntityManager, snapshot: SnapshotEntity, order: VerificationOrder): Promise<VerificationEntity> {
    const verification = await manager.save(
      manager.create(VerificationEntity, {
        id: order.id ?? randomUUID(),
        snapshotId: snapshot.id,
        environmentId: snapshot.environmentId,
        standbyId: order.standbyId ?? null,
        requestedBy: order.requestedBy,
        createdAt: await databaseTime(manager),
      }),
    );
    await this.progress.append(verification.id, toVerificationProgress(verification), manager);
    const data: VerifyJobData = { verificationId: verification.id };
    const organization = await organizationOf(manager, snapshot.projectId);
    await this.queue.enqueue(manager, VERIFY_JOB, data, { pool: order.pool, organization });
    return verification;
  }

  /** A worker takes it up; whoever had it before has lost it. Null when it has ended, or is gone with its snapshot. */
  async take(id: string): Promise<VerificationEntity | null> {
    return this.dataSource.transaction(async (manager) => {
      const { affected } = await manager.update(
        VerificationEntity,
        { id, status: In(['queued', 'running']) },
        { status: 'running', attempt: () => 'attempt + 1', startedAt: () => 'coalesce(started_at, now())' },
      );
      return affected === 1 ? manager.findOneBy(VerificationEntity, { id }) : null;
    });
  }

  /** The worker gives it back unfinished. */
  async handBack({ id, attempt }: VerificationEntity): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const where = { id, attempt, status: 'running' as const };
      const { affected } = await manager.update(VerificationEntity, where, { status: 'queued', startedAt: null });
      if (affected !== 1) return;
      const verification = await manager.findOneByOrFail(VerificationEntity, { id });
      await this.progress.append(id, toVerificationProgress(verification), manager);
    });
  }

  /**
   * Also writes down what it says of the snapshot, and lets others act on it. Does nothing when another worker has it by now;
   * `attempt` is left out by those who may overrule any worker.
   */
  async end(id: string, end: VerificationEnd, attempt?: number): Promise<void> {
    const { outcome, finding, compared } = end;
    await this.dataSource.transaction(async (manager) => {
      const { affected } = await manager.update(
        VerificationEntity,
        { id, status: In(['queued', 'running']), ...(attempt !== undefined && { attempt }) },
        { status: 'ended', outcome, finding, ...compared, finishedAt: () => 'clock_timestamp()' },
      );
      if (affected !== 1) return;
      const verification = await manager.findOneByOrFail(VerificationEntity, { id });
      await this.progress.append(id, toVerificationProgress(verification), manager);
      if (verification.standbyId !== null)
        await this.standbys.ended(manager, verification.standbyId, standbyEnd(verification, end));
      const learned = eventOf(verification, end);
      const snapshot = await learnOfSnapshot(manager, this.announcements, verification.snapshotId, learned);
      if (snapshot !== null) await this.announcements.announce(manager, snapshotVerified, snapshot);
      // As with captures: an end that somebody else puts to it.
      if (attempt === undefined)
        audited(manager, {
          ...{
            operation: 'verification.fail',
            subject: ['verification', id],
            environmentId: verification.environmentId,
          },
          after: { outcome, finding },
        });
    });
  }
}

/** Only what is proven stands ready. */
function standbyEnd({ outcome, finding }: VerificationEntity, { standby }: VerificationEnd): StandbyEnd {
  if (outcome === 'equal' && standby !== undefined) return { built: standby };
  const message = 'It was restored, but not kept.';
  return { reason: finding ?? { code: 'standby-not-kept', message } };
}

/** What an ended verification says of its snapshot. */
function eventOf(
  { finishedAt }: VerificationEntity,
  { outcome, finding, blocking, restored, unseen }: VerificationEnd,
): RestorabilityEvent {
  if (outcome === 'equal') return { event: 'proven', at: finishedAt ?? new Date() };
  if (unseen === true) return { event: 'unseen' };
  const findings = finding === null ? [] : [{ ...finding, blocking: blocking === true }];
  if (outcome !== 'inconclusive') return { event: 'disproved', findings };
  return { event: restored === true ? 'differs' : 'undecided', findings };
}
