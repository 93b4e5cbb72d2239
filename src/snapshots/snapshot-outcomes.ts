import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { SnapshotEntity } from './snapshot.entity.js';

/** Told in the transaction in which a snapshot completes, fails or is cancelled. */
export type SnapshotOutcomeListener = (manager: EntityManager, snapshot: SnapshotEntity) => Promise<void>;

/**
 * Where other features register to learn how a snapshot ended, and how its verification did, so that this one need not know
 * them. They are told in the order of registration: a feature before those that stand on it.
 */
@Injectable()
export class SnapshotOutcomes {
  private readonly listeners: SnapshotOutcomeListener[] = [];
  private readonly verificationListeners: SnapshotOutcomeListener[] = [];

  onEnded(listener: SnapshotOutcomeListener): void {
    this.listeners.push(listener);
  }

  async ended(manager: EntityManager, snapshot: SnapshotEntity): Promise<void> {
    for (const listener of this.listeners) await listener(manager, snapshot);
  }

  /** Told in the transaction in which a verification of a completed snapshot ends, whatever came of it. */
  onVerified(listener: SnapshotOutcomeListener): void {
    this.verificationListeners.push(listener);
  }

  async verified(manager: EntityManager, snapshot: SnapshotEntity): Promise<void> {
    for (const listener of this.verificationListeners) await listener(manager, snapshot);
  }
}
