import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { errors } from '../../errors/catalogue.js';
import { VerificationEntity } from './verification.entity.js';

@Injectable()
export class VerificationReader {
  constructor(private readonly dataSource: DataSource) {}

  async byId(id: string, manager: EntityManager = this.dataSource.manager): Promise<VerificationEntity | null> {
    return manager.findOneBy(VerificationEntity, { id });
  }

  /** The newest one of a snapshot. */
  async newest(snapshotId: string): Promise<VerificationEntity | null> {
    return this.dataSource.manager.findOne(VerificationEntity, {
      where: { snapshotId },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  /** The one that is queued or running: there is never more than one of a snapshot. */
  async unfinished(manager: EntityManager, snapshotId: string): Promise<VerificationEntity | null> {
    return manager.findOneBy(VerificationEntity, { snapshotId, status: In(['queued', 'running']) });
  }

  /** Throws `snapshot-in-use` when the snapshot is being verified. */
  async refuseIfUsing(manager: EntityManager, snapshotId: string): Promise<void> {
    if ((await this.unfinished(manager, snapshotId)) !== null) throw errors.snapshotBeingVerified(snapshotId);
  }
}
