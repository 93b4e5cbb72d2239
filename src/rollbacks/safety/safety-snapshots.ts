import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, In, type EntityManager, type Repository } from 'typeorm';
import { audited } from '../../audit/audited.js';
import type { Finding } from '../../contract/generated/types.gen.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { ProgressLog } from '../../progress/progress-log.js';
import type { KeptState } from '../../snapshots/capture/kept-state.js';
import { SnapshotLifecycle } from '../../snapshots/snapshot-lifecycle.js';
import { SnapshotReader } from '../../snapshots/snapshot-reader.js';
import { hasEnded } from '../../snapshots/snapshot-transitions.js';
import { aboutSnapshot, toSnapshotDto } from '../../snapshots/snapshot.dto.js';
import { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import { RollbackLogEntity } from '../rollback-log.entity.js';
import { unfinished } from '../rollback-transitions.js';
import { keptDatabaseOf } from './kept-doors.js';

/** An undo waits for a safety snapshot that has come so far (percent), and calls off one that has not. */
const WORTH_WAITING_PERCENT = 50;
const LOOK_MS = 250;

/** Safety snapshots: of the state that a rollback has swapped out, which is kept until one of it is completed. */
@Injectable()
export class SafetySnapshots {
  constructor(
    private readonly dataSource: DataSource,
    @InjectRepository(RollbackLogEntity) private readonly logs: Repository<RollbackLogEntity>,
    private readonly environments: EnvironmentReader,
    private readonly snapshots: SnapshotLifecycle,
    private readonly reader: SnapshotReader,
    private readonly progress: ProgressLog,
  ) {}

  /** Orders one of what a rollback keeps, in the transaction that completes it; what goes into its log. */
  async order(
    manager: EntityManager,
    environment: EnvironmentEntity,
    log: RollbackLogEntity,
  ): Promise<Pick<RollbackLogEntity, 'safety' | 'safetySnapshotId'>> {
    const snapshot = await this.snapshots.order(manager, environment, {
      trigger: 'safety',
      label: 'before a rollback',
      requestedBy: log.requestedBy,
      deploymentId: log.deploymentId,
      keptState: keptStateOf(log),
    });
    audited(manager, { ...aboutSnapshot(snapshot), operation: 'snapshot.create', after: toSnapshotDto(snapshot) });
    return { safety: 'wanted', safetySnapshotId: snapshot.id };
  }

  /**
   * Another one when the last has not come to a good end; null when none is wanted any more, or an undo is about to take the state
   * away. Resolves to the one that is under way or has completed.
   */
  async again(deploymentId: string): Promise<SnapshotEntity | null> {
    return this.dataSource.transaction(async (manager) => {
      const { environmentId } = await manager.findOneByOrFail(RollbackLogEntity, { deploymentId });
      const environment = await this.environments.lock(manager, environmentId);
      const log = await manager.findOneByOrFail(RollbackLogEntity, { deploymentId });
      if (log.safety !== 'wanted') return null;
      if (await manager.existsBy(RollbackLogEntity, { undoOf: deploymentId, status: In(unfinished) })) return null;
      const last = await manager.findOneBy(SnapshotEntity, { id: log.safetySnapshotId ?? deploymentId });
      if (last !== null && last.status !== 'failed' && last.status !== 'cancelled') return last;
      const next = await this.order(manager, environment, log);
      await manager.update(RollbackLogEntity, { deploymentId, safety: 'wanted' }, next);
      return manager.findOneBy(SnapshotEntity, { id: next.safetySnapshotId! });
    });
  }

  /** How one ended. Rejects with the reason of `signal`. */
  async ended(snapshotId: string, signal: AbortSignal): Promise<SnapshotEntity | null> {
    for (;;) {
      const snapshot = await this.reader.byId(snapshotId);
      if (snapshot === null || hasEnded(snapshot.status)) return snapshot;
      await sleep(LOOK_MS, undefined, { signal });
    }
  }

  /**
   * Nothing reads the state that a rollback keeps any more when this has resolved, for an undo is about to take it away. It is called
   * from within that undo, so that no other one begins. Rejects with the reason of `signal`.
   */
  async settle(log: RollbackLogEntity, signal: AbortSignal, waiting: (percent: number) => void): Promise<void> {
    const { safetySnapshotId: id, safety } = log;
    if (safety !== 'wanted' || id === null) return;
    const percent = await this.progress.percentOf(id, this.logs.manager);
    if (percent < WORTH_WAITING_PERCENT) await this.snapshots.callOff(id);
    else waiting(percent);
    await this.ended(id, signal);
  }

  /** In the transaction in which it ended. */
  async learn(manager: EntityManager, snapshot: SnapshotEntity): Promise<void> {
    if (snapshot.keptState === null || snapshot.status !== 'completed') return;
    const log = await manager.findOneBy(RollbackLogEntity, { safetySnapshotId: snapshot.id });
    if (log === null) return;
    const warnings = [...log.warnings, ...doubtsAbout(snapshot)];
    await manager.update(RollbackLogEntity, { deploymentId: log.deploymentId }, { safety: 'taken', warnings });
  }

  /** A person says that none is needed. */
  async giveUp(manager: EntityManager, deploymentId: string): Promise<void> {
    await manager.update(RollbackLogEntity, { deploymentId, safety: 'wanted' }, { safety: 'given-up' });
  }
}

function keptStateOf(log: RollbackLogEntity): KeptState {
  return { database: keptDatabaseOf(log), directory: log.keptDirectory, state: log.stateBefore };
}

/** What a person should know of the state that was, before it is needed again. */
function doubtsAbout(snapshot: SnapshotEntity): Finding[] {
  const lacking = snapshot.warnings.filter(({ code }) => MISSING_FILES.includes(code));
  const doubts = [...lacking, ...snapshot.restorabilityFindings].map(({ message }) => message);
  if (doubts.length === 0) return [];
  const message = `The safety snapshot ${snapshot.id} was taken of a state that is not whole: ${doubts.slice(0, SHOWN).join(' ')}`;
  return [{ code: 'safety-snapshot-warnings', message }];
}

/** What would have failed another snapshot. */
const MISSING_FILES = ['dangling-references', 'file-references-failed'];
const SHOWN = 3;
