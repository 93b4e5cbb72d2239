import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { tryAdvisoryLock } from '../../database/advisory-lock.js';
import type { JobContext, JobDefinition } from '../../jobs/job-definition.js';
import { JobQueue } from '../../jobs/job-queue.js';
import { JobRegistry } from '../../jobs/job-registry.js';
import type { Vault } from '../../vault/vault.js';
import { SnapshotEntity } from '../snapshot.entity.js';
import { VAULT } from '../../vault-access/vault.token.js';
import { FORGET_JOB } from './job-names.js';
import type { ForgetJobData } from './job-names.js';

/** How long to wait for another process's collection before looking again. */
const LOCK_RETRY_MS = 500;
/** A collection leaves alone what is young, and what a dead capture may still claim; both take the vault ten minutes. */
const COLLECT_AGAIN_SECONDS = 15 * 60;

/** Removes snapshots from the vault: manifests, then rows, then the content nobody refers to any more. */
@Injectable()
export class ForgetSnapshotsJob implements JobDefinition<ForgetJobData>, OnModuleInit {
  readonly name = FORGET_JOB;
  readonly concurrency = 1;
  readonly retries = 50;
  readonly pooled = false;
  private readonly logger = new Logger(ForgetSnapshotsJob.name);

  constructor(
    private readonly registry: JobRegistry,
    private readonly queue: JobQueue,
    private readonly dataSource: DataSource,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async run({ projectId, snapshotIds }: ForgetJobData, { signal }: JobContext): Promise<void> {
    for (const snapshotId of await this.withoutCompleted(snapshotIds)) {
      signal.throwIfAborted();
      await this.vault.deleteManifest(projectId, snapshotId);
    }
    if (snapshotIds.length > 0) await this.removeRows(projectId, snapshotIds);
    // One collection of a project at a time. The one that runs now may have begun before our manifests
    // went, so it does not do for us: wait and look again.
    while (!(await tryAdvisoryLock(this.dataSource, `collect:${projectId}`, () => this.collect(projectId, signal)))) {
      await setTimeout(LOCK_RETRY_MS, undefined, { signal });
    }
  }

  /** Whatever this job's collection has to leave behind, one that comes later finds: nobody else might ever ask for one. */
  private async removeRows(projectId: string, snapshotIds: string[]): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.delete(SnapshotEntity, { id: In(snapshotIds), status: 'deleting' });
      const data: ForgetJobData = { projectId, snapshotIds: [] };
      await this.queue.enqueue(manager, FORGET_JOB, data, { afterSeconds: COLLECT_AGAIN_SECONDS });
    });
  }

  private async collect(projectId: string, signal: AbortSignal): Promise<void> {
    const report = await this.vault.collect(projectId, { signal });
    if (report.removedObjects > 0) this.logger.log({ projectId, ...report }, 'Collected unreferenced content.');
  }

  async abandoned(data: ForgetJobData): Promise<void> {
    this.logger.error(data, 'Could not remove snapshots from the vault; the next removal tries the content again.');
  }

  /** An attempt that failed may have been followed by nothing, but never forget what counts. */
  private async withoutCompleted(snapshotIds: string[]): Promise<string[]> {
    const kept = await this.dataSource.manager.find(SnapshotEntity, {
      where: { id: In(snapshotIds), status: In(['completed', 'running', 'queued']) },
      select: { id: true },
    });
    const keep = new Set(kept.map(({ id }) => id));
    return snapshotIds.filter((id) => !keep.has(id));
  }
}
