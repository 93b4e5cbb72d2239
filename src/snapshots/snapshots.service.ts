import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, IsNull, Not } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import type { SnapshotCreate, SnapshotPin } from '../contract/generated/types.gen.js';
import { isToCome, NOT_TO_COME } from '../calendar/time-to-come.js';
import { databaseTime } from '../database/database-time.js';
import { errors } from '../errors/catalogue.js';
import { claimIdempotencyKey } from '../idempotency/idempotency.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { Quotas } from '../quotas/quotas.js';
import { SettingsReader } from '../settings/settings-reader.js';
import { SnapshotBase } from './capture/snapshot-base.js';
import { SnapshotLifecycle } from './snapshot-lifecycle.js';
import { SnapshotReader } from './snapshot-reader.js';
import { hasEnded } from './snapshot-transitions.js';
import { aboutSnapshot, toSnapshotDto } from './snapshot.dto.js';
import { SnapshotEntity } from './snapshot.entity.js';

/** What a caller may ask of snapshots. Looking at them is `SnapshotReader`'s, removing them `SnapshotRemoval`'s. */
@Injectable()
export class SnapshotsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly settings: SettingsReader,
    private readonly reader: SnapshotReader,
    private readonly lifecycle: SnapshotLifecycle,
    private readonly base: SnapshotBase,
    private readonly quotas: Quotas,
  ) {}

  /** Queues a snapshot; 409 while a rollback is swapping the environment, for a differential without a base, and over a quota (429: of what waits). */
  async request(
    caller: Caller,
    environmentId: string,
    body: SnapshotCreate,
    idempotencyKey: string | undefined,
  ): Promise<SnapshotEntity> {
    await this.environments.require(caller, environmentId);
    return this.dataSource.transaction(async (manager) => {
      const id = randomUUID();
      const earlier = await claimIdempotencyKey(
        manager,
        {
          organization: caller.organization,
          operation: 'snapshotCreate',
          key: idempotencyKey,
          request: { environmentId, body },
        },
        id,
      );
      if (earlier !== null) return this.reader.require(environmentId, earlier, manager);
      const environment = await this.environments.lock(manager, environmentId);
      if (environment.cutoverBy !== null) throw errors.environmentBusy('rollback', environment.cutoverBy);
      await this.base.requireIfDifferential(manager, environmentId, body.type ?? null);
      await this.quotas.admitWaiting(manager, caller.organization);
      const snapshot = await this.lifecycle.order(manager, environment, {
        id,
        trigger: body.trigger ?? 'manual',
        requestedType: body.type,
        label: body.label,
        requestedBy: caller.subject,
      });
      audited(manager, { ...aboutSnapshot(snapshot), after: toSnapshotDto(snapshot) });
      return snapshot;
    });
  }

  /** Cancels a queued snapshot at once; a running one is told and stops within seconds. */
  async cancel(caller: Caller, environmentId: string, snapshotId: string): Promise<SnapshotEntity> {
    await this.environments.require(caller, environmentId);
    return this.dataSource.transaction(async (manager) => {
      const snapshot = await this.reader.requireLocked(environmentId, snapshotId, manager);
      if (snapshot.status === 'cancelled') return snapshot;
      if (hasEnded(snapshot.status)) throw errors.snapshotEnded(snapshot.status);
      if (snapshot.status === 'queued') {
        const cancelled = (await this.lifecycle.cancelIn(manager, snapshotId)) ?? snapshot;
        const [before, after] = [toSnapshotDto(snapshot), toSnapshotDto(cancelled)];
        audited(manager, { ...aboutSnapshot(snapshot), before, after });
        return cancelled;
      }
      await manager.update(SnapshotEntity, { id: snapshotId }, { cancelRequested: true });
      const told = { cancelRequested: true };
      const before = { cancelRequested: snapshot.cancelRequested };
      audited(manager, { ...aboutSnapshot(snapshot), before, after: told });
      return { ...snapshot, ...told };
    });
  }

  /**
   * 409 past `maxPinned`. The environment's row is locked, so that two pins at once cannot both be the last. What is not given stays as it
   * is. Throws `validation-failed` for an end that is over or too far away.
   */
  async pin(
    caller: Caller,
    environmentId: string,
    snapshotId: string,
    { label, reason, expiresAt }: SnapshotPin,
  ): Promise<SnapshotEntity> {
    await this.environments.require(caller, environmentId);
    const pinExpiresAt = typeof expiresAt === 'string' ? new Date(expiresAt) : expiresAt;
    return this.dataSource.transaction(async (manager) => {
      await this.environments.lock(manager, environmentId);
      const snapshot = await this.reader.require(environmentId, snapshotId, manager);
      if (snapshot.status !== 'completed') throw errors.snapshotNotCompleted(snapshotId, snapshot.status);
      if (snapshot.pinnedAt === null) {
        const { maxPinned } = await this.settings.of(environmentId, manager);
        const pinned = await manager.countBy(SnapshotEntity, { environmentId, pinnedAt: Not(IsNull()) });
        if (pinned >= maxPinned) throw errors.pinLimitReached(maxPinned);
      }
      const now = await databaseTime(manager);
      if (pinExpiresAt && !isToCome(pinExpiresAt, now))
        throw errors.validationFailed([{ field: 'expiresAt', message: NOT_TO_COME }]);
      const changes = {
        pinnedAt: snapshot.pinnedAt ?? now,
        label: label ?? snapshot.label,
        pinnedBy: caller.subject,
        pinReason: reason ?? snapshot.pinReason,
        // Another end is told of anew.
        ...(pinExpiresAt !== undefined && { pinExpiresAt, pinToldAt: null }),
      };
      await manager.update(SnapshotEntity, { id: snapshotId }, changes);
      const pinned = { ...snapshot, ...changes };
      const [before, after] = [toSnapshotDto(snapshot), toSnapshotDto(pinned)];
      audited(manager, { ...aboutSnapshot(snapshot), before, after });
      return pinned;
    });
  }

  async unpin(caller: Caller, environmentId: string, snapshotId: string): Promise<SnapshotEntity> {
    await this.environments.require(caller, environmentId);
    return this.dataSource.transaction(async (manager) => {
      await this.environments.lock(manager, environmentId);
      const snapshot = await this.reader.require(environmentId, snapshotId, manager);
      const changes = { pinnedAt: null, pinnedBy: null, pinReason: null, pinExpiresAt: null, pinToldAt: null };
      await manager.update(SnapshotEntity, { id: snapshotId }, changes);
      const unpinned = { ...snapshot, ...changes };
      const [before, after] = [toSnapshotDto(snapshot), toSnapshotDto(unpinned)];
      audited(manager, { ...aboutSnapshot(snapshot), before, after });
      return unpinned;
    });
  }
}
