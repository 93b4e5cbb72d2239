import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Announcements } from '../../announcements/announcements.js';
import type { WebhookEventType } from '../../contract/generated/types.gen.js';
import { gateDecided } from '../../deployments/deployment-announcements.js';
import { toDeploymentDto } from '../../deployments/deployment.dto.js';
import { attentionBegan } from '../../keeper/keeper-announcements.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import { rollbackMoved } from '../../rollbacks/rollback-announcements.js';
import { RollbackLogEntity } from '../../rollbacks/rollback-log.entity.js';
import { toRollbackLogDto } from '../../rollbacks/rollback.dto.js';
import {
  pinExpires,
  snapshotEnded,
  snapshotRefuted,
  snapshotsRemoved,
} from '../../snapshots/snapshot-announcements.js';
import { toSnapshotDto } from '../../snapshots/snapshot.dto.js';
import { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import { attentionOf, attentionOfPin, attentionOfRollback } from './attention.js';
import type { Happening } from './event-body.js';
import { Outbox } from './outbox.js';
import { typeOfRollback } from './rollback-event-type.js';

/** Listens to what features announce, and has it written down for those who want to know. */
@Injectable()
export class Happenings implements OnModuleInit {
  constructor(
    private readonly announcements: Announcements,
    private readonly outbox: Outbox,
    private readonly upkeep: UpkeepRegistry,
  ) {}

  onModuleInit(): void {
    const { announcements } = this;
    announcements.listen('webhooks', snapshotEnded, async (manager, snapshot) => {
      // Whoever has cancelled one knows.
      if (snapshot.status === 'completed') await this.ofSnapshots(manager, 'snapshot.completed', [snapshot]);
      if (snapshot.status === 'failed') await this.ofSnapshots(manager, 'snapshot.failed', [snapshot]);
    });
    announcements.listen('webhooks', snapshotRefuted, (manager, snapshot) =>
      this.ofSnapshots(manager, 'snapshot.refuted', [snapshot]),
    );
    announcements.listen('webhooks', snapshotsRemoved, (manager, snapshots) =>
      this.ofSnapshots(
        manager,
        'snapshot.deleted',
        snapshots.map((snapshot) => ({ ...snapshot, status: 'deleting' as const })),
      ),
    );
    announcements.listen('webhooks', pinExpires, (manager, snapshot) =>
      this.outbox.tell(manager, 'environment.attention', snapshot.environmentId, () => [
        { subject: snapshot.id, data: attentionOfPin(snapshot) },
      ]),
    );
    announcements.listen('webhooks', rollbackMoved, (manager, log) => this.ofRollback(manager, log));
    announcements.listen('webhooks', gateDecided, (manager, deployment) =>
      this.outbox.tell(
        manager,
        deployment.gate === 'open' ? 'gate.opened' : 'gate.closed',
        deployment.environmentId,
        () => [{ subject: deployment.id, data: toDeploymentDto(deployment) }],
      ),
    );
    announcements.listen('webhooks', attentionBegan, async (manager, item) => {
      const attention = attentionOf(item, this.upkeep.get(item.kind)?.help ?? null);
      if (attention === null) return;
      await this.outbox.tell(manager, 'environment.attention', attention.environmentId, () => [
        { subject: item.id, data: attention },
      ]);
    });
  }

  private async ofSnapshots(
    manager: EntityManager,
    type: WebhookEventType,
    snapshots: readonly SnapshotEntity[],
  ): Promise<void> {
    const [first] = snapshots;
    if (first === undefined) return;
    await this.outbox.tell(manager, type, first.environmentId, () =>
      snapshots.map((snapshot) => ({ subject: snapshot.id, data: toSnapshotDto(snapshot) })),
    );
  }

  private async ofRollback(manager: EntityManager, log: RollbackLogEntity): Promise<void> {
    const type = typeOfRollback(log);
    if (type === null) return;
    const { environmentId } = log;
    await this.outbox.tell(manager, type, environmentId, () => shown(manager, log));
    const attention = attentionOfRollback(log);
    if (attention !== null)
      await this.outbox.tell(manager, 'environment.attention', environmentId, () => [
        { subject: log.deploymentId, data: attention },
      ]);
    if (type !== 'rollback.completed' || log.undoOf === null) return;
    const undone = await manager.findOneBy(RollbackLogEntity, { deploymentId: log.undoOf });
    if (undone !== null)
      await this.outbox.tell(manager, 'rollback.undone', environmentId, () => shown(manager, undone));
  }
}

async function shown(manager: EntityManager, log: RollbackLogEntity): Promise<Happening[]> {
  const { deploymentId: subject, safetySnapshotId } = log;
  const safety = safetySnapshotId === null ? null : await manager.findOneBy(SnapshotEntity, { id: safetySnapshotId });
  return [{ subject, data: toRollbackLogDto(log, safety?.status ?? null) }];
}
