import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import { Configuration } from '../config/configuration.js';
import type { Finding } from '../contract/generated/types.gen.js';
import { databaseTime } from '../database/database-time.js';
import { newestFirstOrder } from '../database/newest-first.js';
import type { Page, PageQuery } from '../database/page.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import type { OwnProtection } from '../settings/protection.js';
import { SettingsReader } from '../settings/settings-reader.js';
import { SnapshotDeletionEntity } from '../snapshots/deletion/snapshot-deletion.entity.js';
import { SnapshotRemoval } from '../snapshots/deletion/snapshot-removal.js';
import { aboutSnapshot, toSnapshotDto } from '../snapshots/snapshot.dto.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import type { EffectiveSettings } from '../settings/settings-reader.js';
import { isToCome, NOT_TO_COME } from '../calendar/time-to-come.js';
import { errors } from '../errors/catalogue.js';
import { whyStopped } from './breaker.js';
import { nextDailyRun } from './daily-run.js';
import { decideRetention, dueUntil } from './decide-retention.js';
import type { RetentionDecision, RetentionMoment } from './decide-retention.js';
import { expectedRunCount } from './expected-runs.js';
import { chooseKeepers } from './keep-rules.js';
import { RetentionCandidates } from './retention-candidates.js';
import type { Position, Scope } from './retention-candidates.js';
import { RetentionForecasts } from './retention-forecast.js';
import type { Forecast } from './retention-forecast.js';
import { policyOf } from './retention-policy.js';
import type { RetentionPolicy } from './retention-policy.js';
import { SnapshotTimeline } from './snapshot-timeline.js';

/** Snapshots one transaction decides about. */
const BATCH = 500;
/** Deletions the plan tells about, those that were and those that will be. */
const DELETIONS_SHOWN = 20;
/** For so long the forecast of what a run may find holds: half a day late it is still the next run. */
const FORECAST_MS = 36 * 60 * 60 * 1000;

/** A page of decisions, and what they stand on. */
export interface RetentionOutlook {
  page: Page<RetentionDecision>;
  policy: RetentionPolicy;
  evaluatedAt: Date;
  nextRunAt: Date;
  nextDeletions: RetentionDecision[];
  forecast: Forecast | null;
  recentDeletions: SnapshotDeletionEntity[];
}

interface ApplyOptions {
  now?: Date;
  /** So many a person has agreed to. */
  confirmed?: number;
}

/** What is not as it is now: the day, or settings that are tried out. */
interface Supposed {
  at?: Date;
  settings?: Partial<OwnProtection>;
}

interface Batch {
  after: Position | null;
  now: Date;
}

/** The code of what `RetentionStopped` says. */
export const STOPPED = 'retention-stopped';

/** A run would delete more than usual. */
export class RetentionStopped extends Error {
  override name = 'RetentionStopped';

  constructor(
    readonly finding: Finding,
    /** How many it would delete. */
    readonly due: number,
  ) {
    super(finding.message);
  }
}

/** Says what retention will delete, and deletes it: the same decision both times. */
@Injectable()
export class RetentionService {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    @InjectRepository(SnapshotDeletionEntity) private readonly deletions: Repository<SnapshotDeletionEntity>,
    private readonly environments: EnvironmentReader,
    private readonly settings: SettingsReader,
    private readonly candidates: RetentionCandidates,
    private readonly removal: SnapshotRemoval,
    private readonly forecasts: RetentionForecasts,
  ) {}

  /**
   * What the daily run would do now by the database's clock, or at `at`, by the settings that hold, or by them with others that are tried out;
   * changes nothing. Throws `not-found`, and `validation-failed` for a cursor of another list, a time that is over, or further away than
   * anybody can tell, or settings that nobody may have.
   */
  async plan(
    caller: Caller,
    environmentId: string,
    query: PageQuery,
    { at, settings: tried }: Supposed = {},
  ): Promise<RetentionOutlook> {
    const now = await databaseTime(this.dataSource.manager);
    await this.environments.require(caller, environmentId);
    if (at !== undefined && !isToCome(at, now)) throw errors.validationFailed([{ field: 'at', message: NOT_TO_COME }]);
    const bounds = newestFirstOrder.bounds(query);
    const [settings, rows, total, recentDeletions] = await Promise.all([
      tried === undefined ? this.settings.of(environmentId) : this.settings.tried(environmentId, tried),
      this.candidates.completed(environmentId, bounds),
      this.candidates.countCompleted(environmentId),
      this.deletions.find({
        where: { environmentId },
        order: { deletedAt: 'DESC', snapshotId: 'DESC' },
        take: DELETIONS_SHOWN,
      }),
    ]);
    const evaluatedAt = at ?? now;
    const page = newestFirstOrder.page(rows, total, bounds);
    const ids = page.items.map(({ id }) => id);
    const moment = await this.moment(this.dataSource.manager, environmentId, settings, evaluatedAt);
    const decisions = decideRetention(await this.candidates.load(environmentId, ids), moment);
    const nextRunAt = nextDailyRun(this.configuration, now);
    return {
      page: { ...page, items: decisions.filter(({ snapshotId }) => ids.includes(snapshotId)) },
      policy: moment.policy,
      evaluatedAt,
      nextRunAt,
      nextDeletions: await this.firstDue(environmentId, settings, nextRunAt),
      forecast: at === undefined ? null : await this.forecasts.of(environmentId, settings, { now, at }),
      recentDeletions,
    };
  }

  /**
   * Removes what is due at `now`, by default the database's; returns how many snapshots that were. Rejects with
   * `RetentionStopped`, before anything is removed, when that is more than usual and than a person has `confirmed`, and with
   * `not-found` when the environment is gone.
   */
  async apply(environmentId: string, { now: at, confirmed = 0 }: ApplyOptions = {}): Promise<number> {
    const now = at ?? (await databaseTime(this.dataSource.manager));
    const due = await this.countDue(environmentId, now);
    if (due > confirmed) await this.stopIfUnusual(environmentId, due);
    else if (confirmed > 0) await this.candidates.release(environmentId);
    let removed = 0;
    let after: Position | null = null;
    do {
      const from = after;
      const most = due - removed;
      const step: { removed: number; last: Position | null } = await this.dataSource.transaction((manager) =>
        this.applyToBatch(manager, environmentId, { after: from, now, most }),
      );
      removed += step.removed;
      after = removed < due ? step.last : null;
    } while (after !== null);
    const settings = await this.settings.of(environmentId);
    const runs = expectedRunCount(settings.schedule, now, new Date(now.getTime() + FORECAST_MS));
    const expected = { now, expectedRuns: runs };
    await this.candidates.writeForecast(environmentId, scopeOf(policyOf(settings), now), expected);
    return removed;
  }

  private async stopIfUnusual(environmentId: string, due: number): Promise<void> {
    const extent = { due, ...(await this.candidates.extent(environmentId)) };
    const why = whyStopped(extent, this.configuration.RETENTION_MAX_SHARE);
    if (why !== null) throw new RetentionStopped({ code: STOPPED, message: why }, due);
  }

  /** What the run at that time will delete first by these settings, as things stand. */
  private async firstDue(environmentId: string, settings: EffectiveSettings, now: Date): Promise<RetentionDecision[]> {
    const first: RetentionDecision[] = [];
    let after: Position | null = null;
    // Mostly the oldest are due, one like the other.
    let limit = 2 * DELETIONS_SHOWN;
    do {
      const batch = { after, now, limit, settings };
      const found = await this.dueOfBatch(this.dataSource.manager, environmentId, batch);
      first.push(...found.due.toReversed());
      after = first.length < DELETIONS_SHOWN ? found.last : null;
      limit = BATCH;
    } while (after !== null);
    return first.slice(0, DELETIONS_SHOWN);
  }

  private async moment(
    manager: EntityManager,
    environmentId: string,
    settings: EffectiveSettings,
    now: Date,
  ): Promise<RetentionMoment> {
    const policy = policyOf(settings);
    return { policy, now, keepers: await chooseKeepers(new SnapshotTimeline(manager, environmentId), policy) };
  }

  private async countDue(environmentId: string, now: Date): Promise<number> {
    let due = 0;
    let after: Position | null = null;
    do {
      const from = after;
      const found = await this.dueOfBatch(this.dataSource.manager, environmentId, { after: from, now });
      due += found.due.length;
      after = found.last;
    } while (after !== null);
    return due;
  }

  /** The oldest ones first, and no more than were counted; `last` is null when there are no more. */
  private async applyToBatch(
    manager: EntityManager,
    environmentId: string,
    { most, ...batch }: Batch & { most: number },
  ): Promise<{ removed: number; last: Position | null }> {
    // Pins are set under the same lock, so that nothing is pinned between the decision and the deletion.
    await this.environments.lock(manager, environmentId);
    const { due, last } = await this.dueOfBatch(manager, environmentId, { ...batch, hold: true });
    const oldest = due.toReversed().slice(0, most);
    await this.remove(manager, oldest);
    return { removed: oldest.length, last };
  }

  private async dueOfBatch(
    manager: EntityManager,
    environmentId: string,
    {
      after,
      now,
      hold = false,
      limit = BATCH,
      settings: given,
    }: Batch & { hold?: boolean; limit?: number; settings?: EffectiveSettings },
  ): Promise<{ due: RetentionDecision[]; last: Position | null }> {
    const settings = given ?? (await this.settings.of(environmentId, manager));
    const scope = scopeOf(policyOf(settings), now);
    const batch = await this.candidates.oldest(manager, environmentId, { scope, after, limit });
    if (batch.length === 0) return { due: [], last: null };
    const ids = batch.map(({ id }) => id);
    if (hold) await this.candidates.lock(manager, environmentId, ids);
    // What is kept by number is chosen anew for each batch, under its locks: another one may be refuted by now.
    const moment = await this.moment(manager, environmentId, settings, now);
    const facts = await this.candidates.load(environmentId, ids, manager);
    const among = new Set(ids);
    const due = decideRetention(facts, moment).filter(
      ({ decision, snapshotId }) => decision === 'due' && among.has(snapshotId),
    );
    return { due, last: batch.length < limit ? null : (batch.at(-1) ?? null) };
  }

  private async remove(manager: EntityManager, due: RetentionDecision[]): Promise<void> {
    if (due.length === 0) return;
    const reasons = new Map(due.map(({ snapshotId, reasons }) => [snapshotId, reasons.join('; ')]));
    const snapshots = await manager.findBy(SnapshotEntity, { id: In([...reasons.keys()]) });
    await this.removal.removeAll(manager, snapshots, {
      deletedBy: 'retention',
      reason: ({ id }) => reasons.get(id) ?? '',
    });
    for (const snapshot of snapshots) {
      const before = { ...toSnapshotDto(snapshot), reason: reasons.get(snapshot.id) };
      audited(manager, { ...aboutSnapshot(snapshot), operation: 'snapshot.expire', before });
    }
  }
}

/** Younger ones of what the schedule takes may be due only where it says how many are kept. */
function scopeOf(policy: RetentionPolicy, now: Date): Scope {
  const until = dueUntil(policy, now);
  return { until, scheduledUntil: policy.keepOfRule.size > 0 ? now : until };
}
