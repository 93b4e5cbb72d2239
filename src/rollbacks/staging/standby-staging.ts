import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Finding } from '../../contract/generated/types.gen.js';
import type { StageRequest } from '../../engine/restore/staging/stage-request.js';
import type { Staged } from '../../engine/restore/staging/staged.js';
import type { BuiltStandby } from '../../engine/restore/standby/built-standby.js';
import { sealOfStandby, takeStandby } from '../../engine/restore/standby/take-standby.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { StandbyRemoval } from '../../snapshots/standby/standby-removal.js';
import { Standbys } from '../../snapshots/standby/standbys.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';

/** A standby, and what is in its directory. */
export interface SealedStandby {
  standbyId: string;
  built: BuiltStandby;
  /** Null: it has none, or that is gone. */
  seal: string | null;
}

/** What a rollback swaps in without building anything: the standby of its snapshot, if that is what was built. */
@Injectable()
export class StandbyStaging {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly standbys: Standbys,
    private readonly removal: StandbyRemoval,
    private readonly lifecycle: RollbackLifecycle,
  ) {}

  /**
   * What is in the directory of the standby that this rollback could use, while others look at the rest; null when there is none.
   * Rejects with the reason of the signal.
   */
  async seal(log: RollbackLogEntity, signal: AbortSignal): Promise<SealedStandby | null> {
    const standby = log.snapshotId === null ? null : await this.standbys.readyFor(log.environmentId, log.snapshotId);
    if (standby?.built == null) return null;
    const { id: standbyId, built } = standby;
    return { standbyId, built, seal: built.directory ? await sealOfStandby(built.directory, signal) : null };
  }

  /**
   * The standby, which is this rollback's from here on; null when it cannot be used, and everything has to be rebuilt: why
   * stands in the log. Rejects with the reason of the signal, or `RollbackLost`.
   */
  async take(
    log: RollbackLogEntity,
    { standbyId, built, seal }: SealedStandby,
    request: StageRequest,
    signal: AbortSignal,
  ): Promise<Staged | null> {
    const { address, like, properties = 'live' } = request.database ?? {};
    const use = {
      attemptId: randomUUID(),
      ...(address && like && { database: { address, like, properties } }),
      ...(request.filestore && { filestore: { path: request.filestore.path, seal } }),
    };
    const taken = await takeStandby(built, use, signal);
    if ('code' in taken) {
      const reason = { code: taken.code, message: taken.message };
      await this.standbys.giveUp(this.dataSource.manager, [standbyId], reason);
      await this.lifecycle.note(log, { standby: { used: false, reason } });
      return null;
    }
    return this.dataSource.transaction(async (manager) => {
      await this.environments.lock(manager, log.environmentId);
      if (!(await this.standbys.take(manager, standbyId, log.deploymentId))) return null;
      await this.lifecycle.note(log, { standby: { used: true, reason: null }, stateId: standbyId }, manager);
      return taken;
    });
  }

  /** For a rollback that cannot use one; says what was removed. */
  async makeRoom(environmentId: string): Promise<Finding[]> {
    const reason = { code: 'standby-room', message: 'Its room was needed for a rollback to another snapshot.' };
    const standbys = await this.standbys.ofEnvironment(environmentId);
    const there = standbys.filter(({ status }) => status !== 'missing');
    if (there.length === 0) return [];
    const left = await this.removal.removeNow(there, reason);
    const message = 'To make room, the standby of the environment was removed.';
    return left.length > 0 ? left : [{ code: 'standby-removed', message }];
  }

  /** The rollback has not swapped it in: whoever takes it next finds it as it is now. Never rejects for want of one. */
  async putBack(log: RollbackLogEntity, staged: Staged | null): Promise<void> {
    const closedXmin = staged?.database?.closedXmin;
    if (log.standby?.used && closedXmin !== undefined) await this.standbys.noteProof(log.deploymentId, closedXmin);
  }
}
