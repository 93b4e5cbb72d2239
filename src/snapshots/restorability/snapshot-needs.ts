import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SnapshotEntity } from '../snapshot.entity.js';

/** What a plan has to know of a snapshot's database without opening the vault. Null: it was taken before that was kept. */
export type Needs = Pick<SnapshotEntity, 'databaseProperties' | 'requirements'>;

/** Reads what lists of snapshots leave out. */
@Injectable()
export class SnapshotNeeds {
  constructor(private readonly dataSource: DataSource) {}

  async of(snapshotId: string): Promise<Needs> {
    const row = await this.dataSource.manager.findOne(SnapshotEntity, {
      where: { id: snapshotId },
      select: { id: true, databaseProperties: true, requirements: true },
    });
    return { databaseProperties: row?.databaseProperties ?? null, requirements: row?.requirements ?? null };
  }
}
