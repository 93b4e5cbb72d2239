import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EngineError } from '../../engine/engine-error.js';
import type { CaptureContext, CapturePhase, ProgressSink, ProgressUpdate } from '../../engine/progress.js';
import { capture, type CaptureRequest, type CaptureResult } from '../../engine/capture/capture.js';
import { isUnexpected, toFinding } from '../../errors/finding.js';
import { PhaseTimes } from '../../progress/phase-times.js';
import { ProgressLog } from '../../progress/progress-log.js';
import { ProgressRecorder } from '../../progress/progress-recorder.js';
import { PlaceProofKeeper } from '../../projects/places/place-proofs.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import type { Vault } from '../../vault/vault.js';
import { CancelRequested, ClaimLost, TimedOut } from './capture-interruption.js';
import { CaptureRequests } from './capture-requests.js';
import type { SameContent } from './capture-requests.js';
import { CaptureSources } from './capture-sources.js';
import { CaptureSteps } from './capture-steps.js';
import type { CaptureSource } from './capture-sources.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { organizationOf } from '../../projects/tenancy.js';
import { Quotas } from '../../quotas/quotas.js';
import { CaptureWatch } from './capture-watch.js';
import { CompletedCaptures } from './completed-captures.js';
import { SnapshotBase } from './snapshot-base.js';
import { SnapshotLifecycle } from '../snapshot-lifecycle.js';
import { SnapshotReader } from '../snapshot-reader.js';
import { toRunningProgress } from '../snapshot.dto.js';
import type { SnapshotEntity } from '../snapshot.entity.js';
import { VAULT } from '../../vault-access/vault.token.js';

/** How long to wait for a cutover to end before looking again. */
const CUTOVER_RETRY_MS = 250;

/** The share of the whole each phase of a capture is, roughly, in time. */
const phaseWeights = new Map<CapturePhase, number>([
  ['prepare', 2],
  ['database', 60],
  ['filestore', 35],
  ['publish', 3],
]);

interface Captured {
  snapshot: SnapshotEntity;
  environment: EnvironmentEntity;
  /** It is not kept if it is the same as this one. */
  same: SameContent | null;
}

/** Captures one queued snapshot from beginning to end, for a job of its own or within a rollback. */
@Injectable()
export class CaptureRunner {
  private readonly logger = new Logger(CaptureRunner.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly sources: CaptureSources,
    private readonly requests: CaptureRequests,
    private readonly settings: SettingsReader,
    private readonly reader: SnapshotReader,
    private readonly base: SnapshotBase,
    private readonly lifecycle: SnapshotLifecycle,
    private readonly progress: ProgressLog,
    private readonly phases: PhaseTimes,
    private readonly completed: CompletedCaptures,
    private readonly proofs: PlaceProofKeeper,
    @Inject(VAULT) private readonly vault: Vault,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Returns when the snapshot has ended, one way or another: its row says how. Throws only when `signal`
   * was aborted (with its reason; the snapshot is queued again) or our own database failed.
   */
  async run(snapshotId: string, signal: AbortSignal, watcher?: ProgressSink): Promise<void> {
    const snapshot = await this.take(snapshotId, signal);
    if (snapshot === null) return;
    const { timeoutSeconds } = await this.settings.of(snapshot.environmentId);
    using watch = new CaptureWatch({
      snapshot,
      timeoutSeconds,
      outer: signal,
      read: () => this.reader.byId(snapshotId),
    });
    try {
      await this.capture(snapshot, watch.signal, watcher);
    } catch (error) {
      await this.interrupted(snapshot, watch.signal.aborted ? watch.signal.reason : error, signal);
    }
  }

  private async capture(snapshot: SnapshotEntity, signal: AbortSignal, watcher?: ProgressSink): Promise<void> {
    const environment = await this.environments.byId(snapshot.environmentId);
    if (environment === null) throw new ClaimLost();
    const recorder = new ProgressRecorder(phaseWeights, (figures) =>
      this.progress.append(snapshot.id, toRunningProgress(snapshot.id, figures)),
    );
    const steps = new CaptureSteps((present) => this.lifecycle.noteSteps(snapshot.id, snapshot.attempt, present));
    const progress: ProgressSink = {
      report(update: ProgressUpdate) {
        recorder.report(update);
        watcher?.report(update);
      },
    };
    try {
      // It was let in when there was room yet, and so were those before it.
      if (snapshot.trigger !== 'safety')
        await this.quotas.refuseWhenFull(await organizationOf(this.dataSource.manager, snapshot.projectId));
      steps.began('prepare');
      progress.report({ phase: 'prepare', message: 'Connecting' });
      const source = await this.sources.open(snapshot, environment);
      const same = await this.requests.sameAs(snapshot);
      const result = await this.captureFrom(
        source,
        { snapshot, environment, same },
        { signal, progress, phases: steps },
      );
      await recorder.close();
      await steps.close();
      if (!result.isPublished && same !== null) {
        if (!(await this.lifecycle.sameAsBefore(snapshot.id, snapshot.attempt, same.id))) throw new ClaimLost();
        return;
      }
      if (!(await this.lifecycle.complete(snapshot.id, snapshot.attempt, result))) throw new ClaimLost();
      this.completed.tell(result);
      const reason = result.database?.logReason;
      if (reason !== undefined)
        this.logger.log(
          { snapshotId: snapshot.id, reason },
          "The server's log could not say what was written; tables were looked at.",
        );
    } finally {
      await recorder.close();
      await steps.close();
      this.phases.tell(recorder.phaseSeconds());
    }
  }

  /** Leaves the source, whatever becomes of the capture. */
  private async captureFrom(
    source: CaptureSource,
    { snapshot, environment, same }: Captured,
    context: CaptureContext,
  ): Promise<CaptureResult> {
    let result: CaptureResult;
    try {
      const request = {
        ...(await this.requests.of(snapshot, environment, source)),
        ...(same && { unlessContent: same.contentDigest }),
      };
      await this.proofs.renew(environment);
      result = await this.captureOrRuleOut(request, snapshot, context);
    } catch (error) {
      // What it failed with is what matters; the next attempt closes what is open.
      const noticed = await source.leave().catch((left: unknown) => {
        this.logger.warn({ err: left }, 'A kept database may be open.');
        return [];
      });
      for (const { message } of noticed) this.logger.warn({ snapshotId: snapshot.id }, message);
      throw error;
    }
    const noticed = await source.leave();
    return { ...result, warnings: [...result.warnings, ...noticed] };
  }

  /** A base that cannot be read is no reason to have no snapshot, unless a differential was asked for. */
  private async captureOrRuleOut(
    request: CaptureRequest,
    snapshot: SnapshotEntity,
    context: CaptureContext,
  ): Promise<CaptureResult> {
    try {
      return await capture(request, this.vault, context);
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'base-unusable') || request.base === undefined) throw error;
      await this.base.ruleOut(request.base.snapshotId);
      if (snapshot.requestedType === 'differential') throw error;
      this.logger.warn({ err: error, snapshotId: snapshot.id }, 'The base cannot be used; taking a full snapshot.');
      const { base: _, ...full } = request;
      return capture(full, this.vault, context);
    }
  }

  private async interrupted(snapshot: SnapshotEntity, reason: unknown, outer: AbortSignal): Promise<void> {
    const { id, attempt } = snapshot;
    if (reason instanceof ClaimLost) {
      await this.lost(snapshot);
    } else if (reason instanceof CancelRequested) {
      await this.lifecycle.cancel(id, attempt);
    } else if (reason instanceof TimedOut) {
      await this.lifecycle.fail(id, attempt, { code: 'timed-out', message: reason.message });
    } else if (outer.aborted) {
      // The queue gives up a worker that stood still too, perhaps before it learns that it has lost the snapshot.
      if (!(await this.lifecycle.handBack(id, attempt))) await this.lost(snapshot);
      throw reason;
    } else {
      this.logger[isUnexpected(reason) ? 'error' : 'warn']({ err: reason, snapshotId: id }, 'The snapshot failed.');
      // A worker that stood still may meet a broken connection before it learns that it has lost the snapshot.
      if (!(await this.lifecycle.fail(id, attempt, toFinding(reason)))) await this.lost(snapshot);
    }
  }

  private async lost(snapshot: SnapshotEntity): Promise<void> {
    const { id, attempt } = snapshot;
    this.logger.warn({ snapshotId: id, attempt }, "The snapshot is no longer this worker's; what it wrote is dropped.");
    // It may have published its manifest after the one who ended the snapshot had it removed.
    await this.lifecycle.leave(this.dataSource.manager, [snapshot]);
  }

  /** Waits while a rollback is swapping the environment: a capture would see half of each state. */
  private async take(snapshotId: string, signal: AbortSignal): Promise<SnapshotEntity | null> {
    const queued = await this.reader.byId(snapshotId);
    if (queued === null) return null;
    for (;;) {
      const taken = await this.dataSource.transaction(async (manager) => {
        const environment = await this.environments.lock(manager, queued.environmentId);
        if (environment.cutoverBy !== null) return null;
        const kind = await this.base.choose(manager, queued);
        return { snapshot: await this.lifecycle.take(manager, snapshotId, kind) };
      });
      if (taken !== null) return taken.snapshot;
      await setTimeout(CUTOVER_RETRY_MS, undefined, { signal });
    }
  }
}
