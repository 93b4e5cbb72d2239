import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Finding } from '../contract/generated/types.gen.js';

/** Writes down what the vault cannot give back of a snapshot, for people to see before they need it. */
@Injectable()
export class SnapshotDamage {
  constructor(private readonly dataSource: DataSource) {}

  /** Found by whoever has read it. Nothing builds on it any more. */
  async note(snapshotId: string, damage: Finding): Promise<void> {
    await this.dataSource.query(NOTE, [snapshotId, JSON.stringify(damage)]);
  }

  /** Whoever has read all of it knows that it is whole. */
  async clear(snapshotId: string): Promise<void> {
    await this.dataSource.query('UPDATE snapshots SET damage = NULL WHERE id = $1 AND damage IS NOT NULL', [
      snapshotId,
    ]);
  }
}

const NOTE = `UPDATE snapshots SET damage = $2::jsonb, can_be_base = false WHERE id = $1 AND status = 'completed'`;
