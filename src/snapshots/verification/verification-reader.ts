import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, Not } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { RowReader } from '../../database/row-reader.js';
import { errors } from '../../errors/catalogue.js';
import { VerificationEntity } from './verification.entity.js';

const VERIFICATIONS = new RowReader(VerificationEntity);

@Injectable()
export class VerificationReader {
  constructor(@InjectRepository(VerificationEntity) private readonly verifications: Repository<VerificationEntity>) {}

  async byId(id: string, manager: EntityManager = this.verifications.manager): Promise<VerificationEntity | null> {
    return manager.findOneBy(VerificationEntity, { id });
  }

  /** The newest one of a snapshot. */
  async newest(snapshotId: string): Promise<VerificationEntity | null> {
    const newest = 'WHERE row.snapshot_id = $1 ORDER BY row.created_at DESC, row.id DESC';
    return VERIFICATIONS.first(this.verifications.manager, newest, [snapshotId]);
  }

  /** The one that is queued or running: there is never more than one of a snapshot. */
  async unfinished(manager: EntityManager, snapshotId: string): Promise<VerificationEntity | null> {
    return manager.findOneBy(VerificationEntity, { snapshotId, status: In(['queued', 'running']) });
  }

  /** Throws `snapshot-in-use` when the snapshot is being verified. */
  async refuseIfUsing(manager: EntityManager, snapshotId: string): Promise<void> {
    if ((await this.unfinished(manager, snapshotId)) !== null) throw errors.snapshotBeingVerified(snapshotId);
  }

  /** A worker is at the one that builds this standby. */
  async isBuilding(standbyId: string, manager: EntityManager = this.verifications.manager): Promise<boolean> {
    return manager.existsBy(VerificationEntity, { standbyId, status: 'running' });
  }

  /** The same of any of an environment's. */
  async isAnyBuilding(environmentId: string, manager: EntityManager): Promise<boolean> {
    return manager.existsBy(VerificationEntity, { environmentId, standbyId: Not(IsNull()), status: 'running' });
  }
}
