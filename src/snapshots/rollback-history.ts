import { Injectable } from '@nestjs/common';
import type { RollbackLog } from '../contract/generated/types.gen.js';

export type RollbackHistorySource = (snapshotId: string) => Promise<RollbackLog[]>;

/** Where rollbacks register what they know of a snapshot's use, for its details. They import snapshots, not the reverse. */
@Injectable()
export class RollbackHistory {
  private source: RollbackHistorySource = () => Promise.resolve([]);

  register(source: RollbackHistorySource): void {
    this.source = source;
  }

  /** The rollbacks to the snapshot, newest first, at most 100. */
  of(snapshotId: string): Promise<RollbackLog[]> {
    return this.source(snapshotId);
  }
}
