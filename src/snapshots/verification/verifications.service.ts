import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../../audit/audited.js';
import type { Caller } from '../../auth/caller.js';
import { errors } from '../../errors/catalogue.js';
import { claimIdempotencyKey } from '../../idempotency/idempotency.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { Quotas } from '../../quotas/quotas.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { SnapshotReader } from '../snapshot-reader.js';
import type { SnapshotEntity } from '../snapshot.entity.js';
import { StandbyOrders } from '../standby/standby-orders.js';
import { VerificationLifecycle } from './verification-lifecycle.js';
import { VerificationReader } from './verification-reader.js';
import { aboutVerification } from './verification.dto.js';
import type { VerificationEntity } from './verification.entity.js';

/** Who asked for a verification that nobody asked for. */
const BY_SETTINGS = 'settings';

@Injectable()
export class VerificationsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly settings: SettingsReader,
    private readonly snapshots: SnapshotReader,
    private readonly reader: VerificationReader,
    private readonly lifecycle: VerificationLifecycle,
    private readonly standbys: StandbyOrders,
    private readonly quotas: Quotas,
  ) {}

  /** Queues a verification, or finds the one under way; 409 unless the snapshot is completed, 429 when too many jobs wait. */
  async request(
    caller: Caller,
    environmentId: string,
    snapshotId: string,
    idempotencyKey: string | undefined,
  ): Promise<VerificationEntity> {
    const environment = await this.environments.require(caller, environmentId);
    return this.dataSource.transaction(async (manager) => {
      // Held, so that nobody begins to remove it, or a second verification of it, meanwhile.
      const snapshot = await this.snapshots.requireLocked(environmentId, snapshotId, manager);
      const id = randomUUID();
      const claim = {
        organization: caller.organization,
        operation: 'snapshotVerify',
        key: idempotencyKey,
        request: { environmentId, snapshotId },
      };
      const underWay = await this.reader.unfinished(manager, snapshotId);
      const earlier = await claimIdempotencyKey(manager, claim, underWay?.id ?? id);
      const known = earlier === null ? underWay : await this.reader.byId(earlier, manager);
      if (known !== null) return known;
      if (snapshot.status !== 'completed') throw errors.snapshotNotCompleted(snapshotId, snapshot.status);
      await this.quotas.admitWaiting(manager, caller.organization);
      const order = { id, requestedBy: caller.subject, pool: environment.pool };
      const verification = await this.lifecycle.order(manager, snapshot, order);
      audited(manager, aboutVerification(verification, snapshot));
      return verification;
    });
  }

  /** In the transaction in which a snapshot completes, where the settings want it verified, or standing ready. */
  async afterCapture(manager: EntityManager, snapshot: SnapshotEntity): Promise<void> {
    if (snapshot.status !== 'completed' || snapshot.trigger === 'safety') return;
    const { verify, standby, gateRequires } = await this.settings.of(snapshot.environmentId, manager);
    const environment = await this.environments.byId(snapshot.environmentId, manager);
    if (environment === null) return;
    const { pool } = environment;
    if (StandbyOrders.wants(standby, snapshot.trigger) && (await this.standbys.order(manager, snapshot, pool))) return;
    const isGated = snapshot.trigger === 'pre_deploy' && gateRequires !== 'captured';
    if (verify === 'never' && !isGated) return;
    const verification = await this.lifecycle.order(manager, snapshot, { requestedBy: BY_SETTINGS, pool });
    audited(manager, { ...aboutVerification(verification, snapshot), operation: 'snapshot.verify' });
  }
}
