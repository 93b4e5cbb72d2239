import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import { boundsOf } from '../database/page.js';
import type { PageQuery } from '../database/page.js';
import { EnvironmentReader } from '../projects/environment-reader.js';
import { SettingsReader } from '../settings/settings-reader.js';
import { SnapshotDeletionEntity } from '../snapshots/snapshot-deletion.entity.js';
import { SnapshotRemoval } from '../snapshots/snapshot-removal.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { decideRetention, dueUntil } from './policy.js';
import type { RetentionDecision } from './policy.js';
import { RetentionCandidates } from './retention-candidates.js';
import type { Position } from './retention-candidates.js';

/** Snapshots one transaction decides about. */
const BATCH = 500;
/** Deletions the plan tells about. */
const RECENT = 20;

/** A page of decisions, and what they stand on. */
export interface RetentionOutlook {
  decisions: RetentionDecision[];
  total: number;
  retentionDays: number;
  evaluatedAt: Date;
  recentDeletions: SnapshotDeletionEntity[];
}

/** Says what retention will delete, and deletes it: the same decision both times. */
@Injectable()
export class RetentionService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly settings: SettingsReader,
    private readonly candidates: RetentionCandidates,
    private readonly removal: SnapshotRemoval,
  ) {}

  /** What the daily run would do at `now`; changes nothing. Throws `not-found`. */
  async plan(
    caller: Caller,
    environmentId: string,
    query: PageQuery,
    now: Date = new Date(),
  ): Promise<RetentionOutlook> {
    await this.environments.require(caller, environmentId);
    const [{ retentionDays }, ids, total, recentDeletions] = await Promise.all([
      this.settings.of(environmentId),
      this.candidates.page(environmentId, boundsOf(query)),
      this.candidates.countCompleted(environmentId),
      this.dataSource.manager.find(SnapshotDeletionEntity, {
        where: { environmentId },
        order: { deletedAt: 'DESC', snapshotId: 'DESC' },
        take: RECENT,
      }),
    ]);
    const page = new Set(ids);
    const decisions = decideRetention(await this.candidates.load(environmentId, ids), { retentionDays }, now);
    return {
      decisions: decisions.filter(({ snapshotId }) => page.has(snapshotId)),
      total,
      retentionDays,
      evaluatedAt: now,
      recentDeletions,
    };
  }

  /** Removes what is due at `now`; returns how many snapshots that were. Rejects when the environment is gone. */
  async apply(environmentId: string, now: Date = new Date()): Promise<number> {
    let removed = 0;
    let after: Position | null = null;
    do {
      const from = after;
      const step: { removed: number; last: Position | null } = await this.dataSource.transaction((manager) =>
        this.applyToBatch(manager, environmentId, from, now),
      );
      removed += step.removed;
      after = step.last;
    } while (after !== null);
    return removed;
  }

  /** The oldest ones first; `last` is null when there are no more. */
  private async applyToBatch(
    manager: EntityManager,
    environmentId: string,
    after: Position | null,
    now: Date,
  ): Promise<{ removed: number; last: Position | null }> {
    // Pins are set under the same lock, so that nothing is pinned between the decision and the deletion.
    await this.environments.lock(manager, environmentId);
    const { retentionDays } = await this.settings.of(environmentId, manager);
    const until = dueUntil({ retentionDays }, now);
    const batch = await this.candidates.oldest(manager, environmentId, { until, after, limit: BATCH });
    if (batch.length === 0) return { removed: 0, last: null };
    const ids = batch.map(({ id }) => id);
    await this.candidates.lock(manager, environmentId, ids);
    const facts = await this.candidates.load(environmentId, ids, manager);
    const due = decideRetention(facts, { retentionDays }, now).filter(({ decision }) => decision === 'due');
    await this.remove(manager, due);
    return { removed: due.length, last: batch.length < BATCH ? null : (batch.at(-1) ?? null) };
  }

  private async remove(manager: EntityManager, due: RetentionDecision[]): Promise<void> {
    if (due.length === 0) return;
    const reasons = new Map(due.map(({ snapshotId, reasons }) => [snapshotId, reasons.join('; ')]));
    const snapshots = await manager.findBy(SnapshotEntity, { id: In([...reasons.keys()]) });
    // Differentials before what they build on; which of them first does not matter.
    const ordered = snapshots.toSorted((one, other) => depth(other) - depth(one));
    await this.removal.removeAll(manager, ordered, {
      deletedBy: 'retention',
      reason: ({ id }) => reasons.get(id) ?? '',
    });
  }
}

function depth({ baseSnapshotId }: SnapshotEntity): number {
  return baseSnapshotId === null ? 0 : 1;
}
