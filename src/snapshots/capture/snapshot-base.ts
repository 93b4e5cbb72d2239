import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Raw } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { errors } from '../../errors/catalogue.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { SnapshotEntity } from '../snapshot.entity.js';

/** What a snapshot is going to be. */
export type SnapshotKind = Pick<SnapshotEntity, 'type' | 'baseSnapshotId'>;

/** Chooses the full snapshot that a differential builds on, and keeps it from being deleted meanwhile. */
@Injectable()
export class SnapshotBase {
  constructor(
    @InjectRepository(SnapshotEntity) private readonly snapshots: Repository<SnapshotEntity>,
    private readonly settings: SettingsReader,
  ) {}

  /** Throws `no-base` when a differential is asked for and there is nothing to build on at this moment. */
  async requireIfDifferential(
    manager: EntityManager,
    environmentId: string,
    requestedType: SnapshotEntity['requestedType'],
  ): Promise<void> {
    if (requestedType !== 'differential') return;
    const { fullEveryDays } = await this.settings.of(environmentId, manager);
    if ((await this.find(manager, environmentId, fullEveryDays)) === null) throw errors.noBase(fullEveryDays);
  }

  /**
   * What the snapshot is to be. The base's row is held until the transaction ends, in which the caller writes down that
   * it is one: from then on retention and people find that it is needed. Full where there is no base, whatever was
   * asked for: the caller looks.
   */
  async choose(manager: EntityManager, snapshot: SnapshotEntity): Promise<SnapshotKind> {
    const full: SnapshotKind = { type: 'full', baseSnapshotId: null };
    if (snapshot.requestedType === 'full') return full;
    const { fullEveryDays } = await this.settings.of(snapshot.environmentId, manager);
    const before = snapshot.keptState?.since;
    const base = await this.find(manager, snapshot.environmentId, fullEveryDays, before);
    return base === null ? full : { type: 'differential', baseSnapshotId: base.id };
  }

  /** For a base that turned out to be of no use: nothing builds on it any more. */
  async ruleOut(baseSnapshotId: string): Promise<void> {
    await this.snapshots.update({ id: baseSnapshotId }, { canBeBase: false });
  }

  /** `before`: only those of before this time (ISO 8601). */
  private find(
    manager: EntityManager,
    environmentId: string,
    fullEveryDays: number,
    before = 'infinity',
  ): Promise<SnapshotEntity | null> {
    return manager.findOne(SnapshotEntity, {
      where: {
        environmentId,
        status: 'completed',
        canBeBase: true,
        // What cannot be restored is no ground to build on; nor do rows of before there was a state speak against it.
        restorability: Raw((column) => `${column} IS DISTINCT FROM 'refuted'`),
        createdAt: Raw(
          (column) => `${column} > now() - make_interval(days => ${fullEveryDays}) AND ${column} < :before`,
          {
            before,
          },
        ),
      },
      order: { createdAt: 'DESC' },
      lock: { mode: 'pessimistic_read' },
    });
  }
}
