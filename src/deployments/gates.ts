import { Standbys } from '../snapshots/standby/standbys.js';
import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, LessThan, Raw } from 'typeorm';
import type { EntityManager, FindOptionsWhere, Repository } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { AuditedChange } from '../audit/audited.js';
import { onOwnAccount } from '../request-context/request-context.js';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { SettingsReader } from '../settings/settings-reader.js';
import { knowledgeOf } from '../snapshots/restorability/restorability.dto.js';
import { SnapshotLifecycle } from '../snapshots/snapshot-lifecycle.js';
import { snapshotEnded, snapshotVerified } from '../snapshots/snapshot-announcements.js';
import { gateDecided } from './deployment-announcements.js';
import { Announcements } from '../announcements/announcements.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { VerificationReader } from '../snapshots/verification/verification-reader.js';
import { DeploymentEntity } from './deployment.entity.js';
import { decideGate, snapshotGone } from './decide-gate.js';
import type { GateDecision } from './decide-gate.js';

/** How often a process looks for gates whose time is up. */
const LOOK_MS = 1000;
/** What a snapshot fails with that took too long: by its worker's clock, or because none has come. */
const TIMED_OUT = 'timed-out';
/** How many of them it decides at a time. */
const BATCH = 50;

/**
 * Decides pending gates: in the transaction in which the snapshot ends, or its verification where the settings want one,
 * or when its time is up although no worker has come to take it.
 */
@Injectable()
export class Gates implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly trouble = new RepeatedTrouble(new Logger(Gates.name), 'Gates whose time is up cannot be looked for');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    @InjectRepository(DeploymentEntity) private readonly deployments: Repository<DeploymentEntity>,
    private readonly settings: SettingsReader,
    private readonly snapshots: SnapshotLifecycle,
    private readonly announcements: Announcements,
    private readonly verifications: VerificationReader,
    private readonly standbys: Standbys,
  ) {}

  onModuleInit(): void {
    for (const event of [snapshotEnded, snapshotVerified])
      this.announcements.listen('deployments', event, (manager, snapshot) => this.decide(manager, snapshot));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.expire(), LOOK_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Fails the snapshots of gates whose time is up, and decides by those that have ended. Any number of processes may do it. */
  expire(now?: Date): Promise<void> {
    return onOwnAccount('gate-timeout', () => this.expireDue(now));
  }

  private async expireDue(now?: Date): Promise<void> {
    try {
      const due = await this.deployments.find({
        where: { gate: 'pending', gateDeadline: now ? LessThan(now) : Raw((column) => `${column} < now()`) },
        take: BATCH,
      });
      for (const deployment of due) await this.expireOne(deployment);
      this.trouble.wentWell();
    } catch (error) {
      this.trouble.came(error);
    }
  }

  private async expireOne({ id, environmentId, snapshotId }: DeploymentEntity): Promise<void> {
    const failure = { code: TIMED_OUT, message: 'The snapshot was not completed within its timeoutSeconds.' };
    // That it failed decides the gate.
    if (snapshotId !== null && (await this.snapshots.fail(snapshotId, null, failure))) return;
    await this.dataSource.transaction(async (manager) => {
      const snapshot =
        snapshotId === null
          ? null
          : await manager.findOne(SnapshotEntity, { where: { id: snapshotId }, lock: { mode: 'pessimistic_read' } });
      if (snapshot !== null) return this.decide(manager, snapshot, 'its time is up');
      const { failurePolicy } = await this.settings.of(environmentId, manager);
      await this.write(manager, { id }, decideGate(snapshotGone, failurePolicy), true);
    });
  }

  /** The snapshot's row is held: what is found out about it takes turns with this. */
  private async decide(manager: EntityManager, snapshot: SnapshotEntity, when?: 'its time is up'): Promise<void> {
    if (snapshot.trigger !== 'pre_deploy') return;
    const { failurePolicy, gateRequires: requires, verify } = await this.settings.of(snapshot.environmentId, manager);
    const unfinished = await this.verifications.unfinished(manager, snapshot.id);
    // One that only builds a standby is waited for where it is required.
    const matters =
      unfinished !== null && (unfinished.standbyId === null || verify !== 'never' || requires !== 'captured');
    const isLate = when !== undefined;
    const verification = !matters ? 'none' : isLate ? 'late' : 'awaited';
    const standsReady = (await this.standbys.readyFor(snapshot.environmentId, snapshot.id, manager)) !== null;
    const known = { known: knowledgeOf(snapshot), verification, requires, standsReady, isLate } as const;
    const decision = decideGate({ ...snapshot, ...known }, failurePolicy);
    await this.write(manager, { snapshotId: snapshot.id }, decision, isLate || snapshot.failure?.code === TIMED_OUT);
  }

  private async write(
    manager: EntityManager,
    which: Pick<FindOptionsWhere<DeploymentEntity>, 'id' | 'snapshotId'>,
    { gate, reason }: GateDecision,
    byTime: boolean,
  ): Promise<void> {
    const pending = { ...which, kind: 'deploy' as const, gate: 'pending' as const };
    const { affected } = await manager.update(DeploymentEntity, pending, { gate, gateReason: reason });
    if (gate === 'pending' || affected === 0) return;
    const decided = await manager.findBy(DeploymentEntity, { ...which, kind: 'deploy', gate });
    for (const deployment of decided) {
      await this.announcements.announce(manager, gateDecided, deployment);
      // What its snapshot decides is told by that; of time passing nothing else is left.
      if (byTime) audited(manager, toldOfGate(deployment));
    }
  }
}

function toldOfGate({ id, environmentId, gate, gateReason }: DeploymentEntity): AuditedChange {
  const operation = gate === 'open' ? 'gate.open' : 'gate.close';
  const before = { gate: 'pending', gateReason: null };
  return { operation, subject: ['deployment', id], environmentId, before, after: { gate, gateReason } };
}
