import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import type { EnvironmentEntity } from './environment.entity.js';

export interface EnvironmentDeletion {
  /** Whether the environment's snapshots may go with it. */
  deleteSnapshots: boolean;
  caller: Caller;
}

export type ChangeListener = (
  manager: EntityManager,
  environment: EnvironmentEntity,
  prospect: EnvironmentEntity,
) => Promise<void>;
export type DeleteListener = (
  manager: EntityManager,
  environment: EnvironmentEntity,
  deletion: EnvironmentDeletion,
) => Promise<void>;

/** Thrown by a listener: something has to be done before that takes longer than a transaction may; then the change is tried again. */
export class DoFirst extends Error {
  override name = 'DoFirst';

  constructor(readonly work: () => Promise<void>) {
    super('Something has to be done before the environment can change.');
  }
}

/**
 * Where features that stand on environments register to be asked before one changes or goes. A
 * listener runs in the transaction of the change, with the environment's row locked; it refuses by
 * throwing a `Problem`, and what it writes happens together with the change or not at all. Those that throw `DoFirst`
 * register last: what they do first cannot be taken back when another one refuses.
 */
@Injectable()
export class EnvironmentWatchers {
  private readonly changeListeners: ChangeListener[] = [];
  private readonly deleteListeners: DeleteListener[] = [];

  /** Asked before database, filestore, type, neutralizeSql or pool become others; gets the environment as it still is, and as it would be. */
  beforeChange(listener: ChangeListener): void {
    this.changeListeners.push(listener);
  }

  /** Asked before an environment is deleted, in the order of registration. */
  beforeDelete(listener: DeleteListener): void {
    this.deleteListeners.push(listener);
  }

  async announceChange(
    manager: EntityManager,
    environment: EnvironmentEntity,
    prospect: EnvironmentEntity,
  ): Promise<void> {
    for (const listener of this.changeListeners) await listener(manager, environment, prospect);
  }

  async announceDelete(
    manager: EntityManager,
    environment: EnvironmentEntity,
    deletion: EnvironmentDeletion,
  ): Promise<void> {
    for (const listener of this.deleteListeners) await listener(manager, environment, deletion);
  }
}
