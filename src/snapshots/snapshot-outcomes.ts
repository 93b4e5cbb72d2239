import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { SnapshotEntity } from './snapshot.entity.js';

/** Told in the transaction in which a snapshot completes, fails or is cancelled. */
export type SnapshotOutcomeListener = (manager: EntityManager, snapshot: SnapshotEntity) => Promise<void>;

/** Where other features register to learn how a snapshot ended, so that this one need not know them. */
@Injectable()
export class SnapshotOutcomes {
  private readonly listeners: SnapshotOutcomeListener[] = [];

  onEnded(listener: SnapshotOutcomeListener): void {
    this.listeners.push(listener);
  }

  async ended(manager: EntityManager, snapshot: SnapshotEntity): Promise<void> {
    for (const listener of this.listeners) await listener(manager, snapshot);
  }
}
