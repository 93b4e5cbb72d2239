import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Throws when the snapshot is in use; called in the transaction that would remove it, its row locked. */
export type SnapshotUseCheck = (manager: EntityManager, snapshotId: string) => Promise<void>;

/** Where other features register that they use snapshots (a rollback reads one), so that none is removed under them. */
@Injectable()
export class SnapshotUse {
  private readonly checks: SnapshotUseCheck[] = [];

  register(check: SnapshotUseCheck): void {
    this.checks.push(check);
  }

  async refuseIfUsed(manager: EntityManager, snapshotId: string): Promise<void> {
    for (const check of this.checks) await check(manager, snapshotId);
  }
}
