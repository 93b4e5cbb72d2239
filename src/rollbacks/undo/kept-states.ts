import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, In, IsNull, Not, Raw } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { audited } from '../../audit/audited.js';
import type { Finding, KeptState } from '../../contract/generated/types.gen.js';
import { databaseTime } from '../../database/database-time.js';
import { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import { toKeptStateDto } from '../rollback.dto.js';
import { errors } from '../../errors/catalogue.js';
import { NotDone } from '../../keeper/upkeep.js';
import { DoFirst } from '../../projects/environments/environment-announcements.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { BesideRemoval } from '../../projects/places/beside-removal.js';
import { RollbackLogEntity } from '../rollback-log.entity.js';
import { unfinished } from '../rollback-transitions.js';

/** Why a previous state stays. */
const NOT_CAPTURED =
  'Its safety snapshot is not completed yet: wait for it, or give it up where the operations of the environment are listed.';
/** Somebody waits for the answer. */
const DROP_TIMEOUT_MS = 10_000;
const MOST_SHOWN = 100;

/** The previous states that rollbacks keep for an undo, until their time is over or their room is needed. */
@Injectable()
export class KeptStates {
  private readonly logger = new Logger(KeptStates.name);

  constructor(
    private readonly dataSource: DataSource,
    @InjectRepository(RollbackLogEntity) private readonly logs: Repository<RollbackLogEntity>,
    private readonly environments: EnvironmentReader,
    private readonly removal: BesideRemoval,
  ) {}

  /**
   * Removes one whose time is over. Rejects when that failed, to be tried again. Resolves to whether it has to be looked at
   * again: another rollback of the environment, which may be using it, has not ended.
   */
  async expire(deploymentId: string): Promise<boolean> {
    const log = await this.dataSource.transaction((manager) => this.giveUp(manager, deploymentId));
    if (log === 'in use') return true;
    if (log === null) return false;
    const [left] = await this.remove(log, 'The time for an undo is over: the previous state was removed.');
    if (left !== undefined) throw new NotDone(left);
    return false;
  }

  /** A person removes it: it is not tried any more, and cannot be undone to. */
  async forget(manager: EntityManager, deploymentId: string): Promise<void> {
    const none = { keptDatabase: null, keptDirectory: null, keptUntil: null };
    await manager.update(RollbackLogEntity, { deploymentId }, none);
  }

  /**
   * For a change after which nobody would know how to reach what the environment has: throws `DoFirst`, for removing takes longer
   * than a transaction may. That throws `kept-state-present` when one stays.
   */
  async requireNone(manager: EntityManager, { id }: EnvironmentEntity, why: string): Promise<void> {
    if ((await this.keptOf(id, manager)).length > 0) throw new DoFirst(() => this.removeAllOf(id, why));
  }

  private async removeAllOf(environmentId: string, why: string): Promise<void> {
    for (const log of await this.keptOf(environmentId)) {
      if (log.safety === 'wanted') throw errors.keptStatePresent('rollback', log.deploymentId, NOT_CAPTURED);
      await this.markExpired(this.logs.manager, log);
      const [left] = await this.remove(log, why, { timeoutMs: DROP_TIMEOUT_MS });
      if (left !== undefined) throw errors.keptStatePresent('rollback', log.deploymentId, left.message);
    }
  }

  /** Makes room for a rollback of the environment, which would end the time for an undo anyway. Says what was removed. */
  async makeRoom(environmentId: string, keep: string | null): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const log of await this.keptOf(environmentId)) {
      if (log.deploymentId === keep || log.safety === 'wanted') continue;
      await this.markExpired(this.logs.manager, log);
      const left = await this.remove(log, 'Room was needed for another rollback: the previous state was removed.');
      const message = `To make room, what the rollback ${log.deploymentId} had kept for an undo was removed.`;
      findings.push(...left, ...(left.length === 0 ? [{ code: 'kept-state-removed', message }] : []));
    }
    return findings;
  }

  /** As they are shown. */
  async shownOf(environmentId: string): Promise<KeptState[]> {
    const logs = await this.keptOf(environmentId);
    const ids = logs.flatMap(({ safetySnapshotId }) => safetySnapshotId ?? []);
    const snapshots = await this.logs.manager.findBy(SnapshotEntity, { id: In(ids) });
    const now = await databaseTime(this.logs.manager);
    return logs
      .slice(0, MOST_SHOWN)
      .map((log) => toKeptStateDto(log, snapshots.find(({ id }) => id === log.safetySnapshotId) ?? null, now));
  }

  /** Oldest first. */
  async keptOf(environmentId: string, manager: EntityManager = this.logs.manager): Promise<RollbackLogEntity[]> {
    return manager.find(RollbackLogEntity, {
      where: { environmentId, keptUntil: Not(IsNull()) },
      order: { createdAt: 'ASC' },
    });
  }

  /** Under the environment's lock, so that no undo can begin between looking and saying. */
  private async giveUp(manager: EntityManager, deploymentId: string): Promise<RollbackLogEntity | 'in use' | null> {
    const found = await manager.findOneBy(RollbackLogEntity, { deploymentId });
    if (found === null) return null;
    await this.environments.lock(manager, found.environmentId);
    const { environmentId } = found;
    // An undo may be using it, or failing.
    if (await manager.existsBy(RollbackLogEntity, { environmentId, status: In(unfinished) })) return 'in use';
    const log = await manager.findOneBy(RollbackLogEntity, [
      { deploymentId, keptUntil: Raw((column) => `${column} <= now()`) },
      { deploymentId, keptUntil: Not(IsNull()), undoExpiredAt: Not(IsNull()) },
    ]);
    if (log?.safety === 'wanted') return 'in use';
    if (log !== null) await this.markExpired(manager, log);
    return log;
  }

  /** Said before anything is removed: half a state must not be offered for an undo. */
  private async markExpired(manager: EntityManager, { deploymentId }: RollbackLogEntity): Promise<void> {
    await manager.update(
      RollbackLogEntity,
      { deploymentId, undoExpiredAt: IsNull() },
      { undoExpiredAt: () => 'now()' },
    );
  }

  private async remove(
    log: RollbackLogEntity,
    detail: string,
    limits: { timeoutMs?: number } = {},
  ): Promise<Finding[]> {
    const startedAt = new Date().toISOString();
    const left = await this.removal.remove(log, limits);
    if (left.length > 0) return left;
    const step = {
      name: 'cleanup',
      status: 'completed',
      detail,
      startedAt,
      finishedAt: new Date().toISOString(),
    } as const;
    const { deploymentId, environmentId, keptDatabase, keptDirectory } = log;
    await this.dataSource.transaction(async (manager) => {
      await manager.update(
        RollbackLogEntity,
        { deploymentId },
        { keptDatabase: null, keptDirectory: null, keptUntil: null, steps: [...log.steps, step] },
      );
      const before = { keptDatabase, keptDirectory, reason: detail };
      audited(manager, { operation: 'kept-state.remove', subject: ['rollback', deploymentId], environmentId, before });
    });
    this.logger.log({ deploymentId: log.deploymentId }, detail);
    return [];
  }
}
