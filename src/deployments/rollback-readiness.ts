import { Injectable } from '@nestjs/common';
import type { RollbackReadiness } from '../contract/generated/types.gen.js';
import { SnapshotReader } from '../snapshots/snapshot-reader.js';
import { expectedSeconds } from '../snapshots/standby/expected-seconds.js';
import { Standbys } from '../snapshots/standby/standbys.js';
import type { DeploymentEntity } from './deployment.entity.js';

/** How quickly deployments could be taken back. */
@Injectable()
export class RollbackReadinessReader {
  constructor(
    private readonly snapshots: SnapshotReader,
    private readonly standbys: Standbys,
  ) {}

  /** Null when there is nothing to go back to: no completed snapshot, or it is a rollback itself. */
  async of({ kind, snapshotId, environmentId }: DeploymentEntity): Promise<RollbackReadiness | null> {
    const snapshot = kind === 'rollback' || snapshotId === null ? null : await this.snapshots.byId(snapshotId);
    if (snapshot?.status !== 'completed') return null;
    const standby = await this.standbys.readyIn(environmentId);
    const ready = standby?.snapshotId === snapshot.id;
    return {
      ready,
      expectedSeconds: expectedSeconds(snapshot, ready),
      standbySnapshotId: standby?.snapshotId ?? null,
    };
  }
}
