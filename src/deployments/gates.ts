import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import { DataSource, LessThan } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { SettingsReader } from '../settings/settings-reader.js';
import { SnapshotLifecycle } from '../snapshots/snapshot-lifecycle.js';
import { SnapshotOutcomes } from '../snapshots/snapshot-outcomes.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { DeploymentEntity } from './deployment.entity.js';
import { decideGate } from './gate.js';

/** How often a process looks for gates whose time is up. */
const LOOK_MS = 1000;
/** How many of them it decides at a time. */
const BATCH = 50;

/**
 * Decides pending gates: in the transaction in which the snapshot ends, or when its time is up although
 * no worker has come to take it.
 */
@Injectable()
export class Gates implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Gates.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: SettingsReader,
    private readonly snapshots: SnapshotLifecycle,
    private readonly outcomes: SnapshotOutcomes,
  ) {}

  onModuleInit(): void {
    this.outcomes.onEnded((manager, snapshot) => this.snapshotEnded(manager, snapshot));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.expire(), LOOK_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Fails the snapshots of gates whose time is up; that decides the gate. Any number of processes may do it. */
  async expire(now: Date = new Date()): Promise<void> {
    try {
      const due = await this.dataSource.manager.find(DeploymentEntity, {
        where: { gate: 'pending', gateDeadline: LessThan(now) },
        take: BATCH,
      });
      for (const { snapshotId } of due) {
        if (snapshotId === null) continue;
        await this.snapshots.fail(snapshotId, null, {
          code: 'timed-out',
          message: 'The snapshot was not completed within its timeoutSeconds.',
        });
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'Could not look for gates whose time is up; looking again.');
    }
  }

  private async snapshotEnded(manager: EntityManager, snapshot: SnapshotEntity): Promise<void> {
    if (snapshot.trigger !== 'pre_deploy') return;
    const { failurePolicy } = await this.settings.of(snapshot.environmentId, manager);
    const { gate, reason } = decideGate(snapshot, failurePolicy);
    await manager.update(
      DeploymentEntity,
      { snapshotId: snapshot.id, kind: 'deploy', gate: 'pending' },
      { gate, gateReason: reason },
    );
  }
}
