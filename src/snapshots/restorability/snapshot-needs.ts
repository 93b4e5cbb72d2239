import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { SnapshotEntity } from '../snapshot.entity.js';

/** What a plan has to know of a snapshot's database without opening the vault. Null: it was taken before that was kept. */
export type Needs = Pick<SnapshotEntity, 'databaseProperties' | 'requirements'>;

/** Reads what lists of snapshots leave out. */
@Injectable()
export class SnapshotNeeds {
  constructor(@InjectRepository(SnapshotEntity) private readonly snapshots: Repository<SnapshotEntity>) {}

  async of(snapshotId: string): Promise<Needs> {
    const row = await this.snapshots.findOne({
      where: { id: snapshotId },
      select: { id: true, databaseProperties: true, requirements: true },
    });
    return { databaseProperties: row?.databaseProperties ?? null, requirements: row?.requirements ?? null };
  }
}
