import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Raw } from 'typeorm';
import type { EntityManager, FindOptionsWhere, Repository } from 'typeorm';
import type { BaseSnapshot } from '../../engine/capture/capture-base.js';
import { errors } from '../../errors/catalogue.js';
import { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { RestoredStates } from '../restored/restored-states.js';
import { SnapshotEntity } from '../snapshot.entity.js';

/** What a snapshot is going to be. */
export type SnapshotKind = Pick<SnapshotEntity, 'type' | 'baseSnapshotId' | 'stateId'>;

/**
 * Since when nothing was read in full: when the full snapshot was taken that a snapshot goes back to. Null where that one is not known any more.
 */
const READ_IN_FULL_AT = `
  WITH RECURSIVE line AS (
    SELECT type, base_snapshot_id, created_at FROM snapshots WHERE id = $1
    UNION ALL
    SELECT s.type, s.base_snapshot_id, s.created_at FROM line JOIN snapshots s ON s.id = line.base_snapshot_id
     WHERE line.type = 'differential'
  )
  SELECT EXISTS (
    SELECT FROM line WHERE type = 'full' AND created_at > now() - make_interval(days => $2::integer)
  ) AS recent`;

/**
 * Chooses the snapshot that a differential builds on, and keeps it from being deleted meanwhile: a full one of the same state of
 * the environment or, when there is none yet, the one that a rollback has restored that state from.
 */
@Injectable()
export class SnapshotBase {
  constructor(
    @InjectRepository(SnapshotEntity) private readonly snapshots: Repository<SnapshotEntity>,
    private readonly settings: SettingsReader,
    private readonly restored: RestoredStates,
  ) {}

  /** Throws `no-base` when a differential is asked for and there is nothing to build on at this moment. */
  async requireIfDifferential(
    manager: EntityManager,
    environmentId: string,
    requestedType: SnapshotEntity['requestedType'],
  ): Promise<void> {
    if (requestedType !== 'differential') return;
    const { fullEveryDays } = await this.settings.of(environmentId, manager);
    const stateId = await liveState(manager, environmentId);
    const base = await this.find(manager, { environmentId, stateId }, fullEveryDays);
    if (base === null) throw errors.noBase(fullEveryDays);
  }

  /**
   * What the snapshot is to be. The base's row is held until the transaction ends, in which the caller writes down that
   * it is one: from then on retention and people find that it is needed. Full where there is no base, whatever was
   * asked for: the caller looks.
   */
  async choose(manager: EntityManager, snapshot: SnapshotEntity): Promise<SnapshotKind> {
    const { environmentId, keptState } = snapshot;
    const stateId = keptState === null ? await liveState(manager, environmentId) : keptState.state;
    const full: SnapshotKind = { type: 'full', baseSnapshotId: null, stateId };
    if (snapshot.requestedType === 'full') return full;
    const { fullEveryDays } = await this.settings.of(environmentId, manager);
    const base = await this.find(manager, { environmentId, stateId }, fullEveryDays);
    return base === null ? full : { type: 'differential', baseSnapshotId: base.id, stateId };
  }

  /** What was chosen, as the engine takes it; null when there is none, or it cannot be built on any more. */
  async of({ baseSnapshotId, stateId }: SnapshotEntity): Promise<BaseSnapshot | null> {
    const base = baseSnapshotId === null ? null : await this.snapshots.findOneBy({ id: baseSnapshotId });
    if (base === null) return null;
    if (base.stateId === stateId) return { snapshotId: base.id };
    const state = stateId === null ? null : await this.restored.find(stateId);
    if (state?.snapshotId !== base.id) return null;
    return { snapshotId: base.id, notes: this.restored.notesOf(state) };
  }

  /** For a base that turned out to be of no use: nothing builds on it any more. */
  async ruleOut(baseSnapshotId: string): Promise<void> {
    await this.snapshots.update({ id: baseSnapshotId }, { canBeBase: false });
    await this.restored.forgetSnapshot(baseSnapshotId);
  }

  private async find(
    manager: EntityManager,
    { environmentId, stateId }: Pick<SnapshotEntity, 'environmentId' | 'stateId'>,
    fullEveryDays: number,
  ): Promise<SnapshotEntity | null> {
    const full = await hold(manager, {
      ...{ environmentId, canBeBase: true, stateId: stateId ?? IsNull() },
      createdAt: Raw((column) => `${column} > now() - make_interval(days => ${fullEveryDays})`),
    });
    if (full !== null || stateId === null) return full;
    const state = await this.restored.find(stateId, manager);
    if (state === null) return null;
    const [line]: { recent: boolean }[] = await manager.query(READ_IN_FULL_AT, [state.snapshotId, fullEveryDays]);
    return line?.recent ? hold(manager, { environmentId, id: state.snapshotId }) : null;
  }
}

/** The newest of them that can be restored: anything else is no ground to build on. */
function hold(manager: EntityManager, where: FindOptionsWhere<SnapshotEntity>): Promise<SnapshotEntity | null> {
  return manager.findOne(SnapshotEntity, {
    where: {
      ...where,
      status: 'completed',
      // Nor do rows of before there was a state speak against it.
      restorability: Raw((column) => `${column} IS DISTINCT FROM 'refuted'`),
    },
    order: { createdAt: 'DESC' },
    lock: { mode: 'pessimistic_read' },
  });
}

async function liveState(manager: EntityManager, environmentId: string): Promise<string | null> {
  const environment = await manager.findOneBy(EnvironmentEntity, { id: environmentId });
  return environment?.stateId ?? null;
}
