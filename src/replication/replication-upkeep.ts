import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import { Announcements } from '../announcements/announcements.js';
import { Configuration } from '../config/configuration.js';
import { inSpan } from '../engine/spans.js';
import { toFinding } from '../errors/finding.js';
import type { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { KeeperItems } from '../keeper/keeper-items.js';
import { NotDone, type Again, type NewKeeperItem, type Upkeep } from '../keeper/upkeep.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { snapshotEnded } from '../snapshots/snapshot-announcements.js';
import { SnapshotReplicas } from '../snapshots/snapshot-replicas.js';
import { removeUnfinished } from '../vault/collection/remove-unfinished.js';
import { listProjects } from '../vault/keys/list-projects.js';
import { copySnapshot } from '../vault/replica/copy-snapshot.js';
import { lookThrough } from '../vault/replica/look-through.js';
import type { ReplicaParts } from '../vault/replica/replica-parts.js';
import { freePacks, retire } from '../vault/replica/retire.js';
import { CopiedSnapshots } from './copied-snapshots.js';
import { isOfOneSnapshot, toReplicaTrouble } from './replica-trouble.js';
import { ReplicaAccess } from './replica-access.js';
import { ReplicaProjects } from './replica-projects.js';
import { StateLedger } from './state-ledger.js';

/** What is about no project: whose things lie there is looked at once a day. */
const WHOLE = 'replica';
const DAY_SECONDS = 24 * 60 * 60;
/** A project of which nothing was heard comes again after so long (seconds): what was deleted has its time there. */
const PROJECT_SECONDS = 15 * 60;
/** A project is looked through when that was so long ago (hours): less than a day, as for a collection. */
const LOOK_AFTER_HOURS = 23;
/** One project is copied for so long (milliseconds) while others wait. */
const TURN_MS = 5 * 60_000;
/** Snapshots that an entry of the audit names. */
const MOST_NAMED = 100;

/**
 * Copies completed snapshots into the replica, and removes from there what has had its time: project by project, one process at a time,
 * first what has to go, then what is to come, the newest first. A snapshot that cannot be copied keeps no other one waiting.
 */
@Injectable()
export class ReplicationUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'replication';
  readonly concurrency = 1;
  readonly help = 'See "The replica" in docs/vault.md; until then what is not there is in the vault alone.';
  private readonly logger = new Logger(ReplicationUpkeep.name);

  constructor(
    private readonly configuration: Configuration,
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
    private readonly dataSource: DataSource,
    private readonly announcements: Announcements,
    private readonly snapshots: SnapshotReplicas,
    private readonly projects: ReplicaProjects,
    private readonly ledger: StateLedger,
    private readonly access: ReplicaAccess,
    private readonly copied: CopiedSnapshots,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
    this.announcements.listen('replication', snapshotEnded, async (manager, { projectId }) => {
      if (this.access.isConfigured) await this.items.wake(manager, this.kind, [projectId]);
    });
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    if (!this.access.isConfigured) return [];
    return [{ subject: WHOLE }, ...(await this.projects.unattended(manager, this.kind))];
  }

  /** What was left to do goes when there is no replica any more. */
  async tend({ subject }: KeeperItemEntity, signal: AbortSignal): Promise<Again | void> {
    if (!this.access.isConfigured) return undefined;
    if (subject !== WHOLE && !(await this.isDue(subject))) return { afterSeconds: PROJECT_SECONDS };
    try {
      return await this.access.use((parts) =>
        subject === WHOLE ? this.findProjects(parts) : this.tendProject(parts, subject, signal),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw toReplicaTrouble(error);
    }
  }

  /** Opening the replica proves it, which is some requests: for nothing that is not done. */
  private async isDue(projectId: string): Promise<boolean> {
    if (await this.projects.isLookDue(projectId, LOOK_AFTER_HOURS)) return true;
    if ((await this.snapshots.nextOf(projectId, [])) !== undefined) return true;
    await this.ledger.noteGone(projectId);
    return (await this.ledger.expired(projectId, this.configuration.REPLICA_KEEP_DAYS, 1)).length > 0;
  }

  /** Those whose things lie there and nobody knows of: the state database was lost, or is older than the replica. */
  private async findProjects({ replica }: ReplicaParts): Promise<Again> {
    for await (const project of listProjects(replica)) await this.projects.know(project);
    await removeUnfinished(replica);
    return { afterSeconds: DAY_SECONDS };
  }

  private async tendProject(parts: ReplicaParts, projectId: string, signal: AbortSignal): Promise<Again | void> {
    const options = { keepDays: this.configuration.REPLICA_KEEP_DAYS, signal };
    const snapshotIds = await retire(parts, projectId, options);
    if (snapshotIds.length > 0) await this.tellRetired(projectId, snapshotIds);
    if (await this.projects.isLookDue(projectId, LOOK_AFTER_HOURS)) await this.look(parts, projectId, signal);
    if (await this.copyAll(parts, projectId, signal)) return { afterSeconds: 0 };
    if (await this.projects.forgetEmpty(projectId)) return undefined;
    return { afterSeconds: PROJECT_SECONDS };
  }

  private async look(parts: ReplicaParts, projectId: string, signal: AbortSignal): Promise<void> {
    const { lostObjects, unknownSnapshots } = await lookThrough(parts, projectId, signal);
    const freedPacks = await freePacks(parts, projectId, signal);
    await this.projects.noteLooked(projectId);
    const seen = { projectId, lostObjects, unknownSnapshots, freedPacks };
    if (lostObjects > 0) this.logger.warn(seen, 'The replica has lost objects; they are copied again.');
    else if (unknownSnapshots + freedPacks > 0) this.logger.log(seen, 'The replica was looked through.');
  }

  private async tellRetired(projectId: string, snapshotIds: string[]): Promise<void> {
    const { REPLICA_KEEP_DAYS: keepDays } = this.configuration;
    this.logger.log({ projectId, snapshotIds }, 'Removed from the replica what has had its time.');
    // As for a collection: it has gone all the same where this cannot be written.
    await this.dataSource.transaction(async (manager) =>
      audited(manager, {
        ...{ operation: 'replica.retire', subject: ['project', projectId], projectId },
        after: { snapshotIds: snapshotIds.slice(0, MOST_NAMED), snapshotCount: snapshotIds.length, keepDays },
      }),
    );
  }

  /** For one turn, so that other projects have theirs. Resolves to whether there is more. */
  private async copyAll(parts: ReplicaParts, projectId: string, signal: AbortSignal): Promise<boolean> {
    const passedOver: string[] = [];
    const until = performance.now() + TURN_MS;
    let first: unknown;
    for (;;) {
      signal.throwIfAborted();
      const snapshotId = await this.snapshots.nextOf(projectId, passedOver);
      if (snapshotId === undefined) break;
      if (first === undefined && performance.now() > until) return true;
      try {
        // One that went from the vault meanwhile is not asked for again either.
        if ((await this.copy(parts, projectId, snapshotId, signal)) === 'gone') passedOver.push(snapshotId);
      } catch (error) {
        signal.throwIfAborted();
        this.copied.tell({ outcome: 'failed', bytes: 0 });
        if (!isOfOneSnapshot(error)) throw error;
        first ??= error;
        passedOver.push(snapshotId);
      }
    }
    if (first === undefined) return false;
    throw new NotDone(toFinding(first));
  }

  private async copy(parts: ReplicaParts, projectId: string, snapshotId: string, signal: AbortSignal) {
    const about = { attributes: { 'snapback.project.id': projectId, 'snapback.snapshot.id': snapshotId } };
    return inSpan('replication', about, async (span) => {
      const { state, packs, bytes } = await copySnapshot(parts, projectId, snapshotId, { signal });
      span.setAttribute('snapback.copied_bytes', bytes);
      if (state === 'gone') return state;
      this.copied.tell({ outcome: 'copied', bytes });
      this.logger.log({ projectId, snapshotId, packs, bytes }, 'A snapshot is in the replica.');
      return state;
    });
  }
}
