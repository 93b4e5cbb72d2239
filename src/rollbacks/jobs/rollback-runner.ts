import type { StageRequest } from '../../engine/restore/staging/stage-request.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import type { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import type { EffectiveSettings } from '../../settings/settings-reader.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { EngineError } from '../../engine/engine-error.js';
import { runTogether } from '../../engine/concurrency/run-together.js';
import { inPhase, type RestorePhase } from '../../engine/progress.js';
import { stage } from '../../engine/restore/staging/stage.js';
import type { Staged } from '../../engine/restore/staging/staged.js';
import { errors } from '../../errors/catalogue.js';
import { isUnexpected, toFinding } from '../../errors/finding.js';
import { ProgressLog } from '../../progress/progress-log.js';
import { ProgressRecorder } from '../../progress/progress-recorder.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { learnOfSnapshot } from '../../snapshots/restorability/learn-of-snapshot.js';
import { RestoredStates } from '../../snapshots/restored/restored-states.js';
import { Announcements } from '../../announcements/announcements.js';
import { SnapshotReader } from '../../snapshots/snapshot-reader.js';
import { disproofBy } from '../../snapshots/verification/verification-end.js';
import { VAULT } from '../../vault-access/vault.token.js';
import type { Vault } from '../../vault/vault.js';
import { BesideRemoval } from '../../projects/places/beside-removal.js';
import { namesBeside } from '../staging/what-to-stage.js';
import { materialChanges, promisedBy } from '../plan/material-changes.js';
import { propertiesFrom } from '../plan/plan-properties.js';
import { needsRoom } from '../plan/plan-filestore.js';
import { planRollback } from '../plan/plan.js';
import { isFinding } from '../plan/rollback-facts.js';
import type { RollbackFacts } from '../plan/rollback-facts.js';
import { RollbackCutover } from '../cutover/rollback-cutover.js';
import { KeptStates } from '../undo/kept-states.js';
import { LostRollbacks } from '../recovery/lost-rollbacks.js';
import { CancelWatch } from './cancel-watch.js';
import { RollbackCancelled, RollbackLifecycle, RollbackLost } from '../rollback-lifecycle.js';
import { toRunningProgress } from '../rollback.dto.js';
import { RollbackReader } from '../rollback-reader.js';
import { RollbackSurvey } from '../plan/rollback-survey.js';
import { KeptDoors } from '../safety/kept-doors.js';
import { SafetySnapshots } from '../safety/safety-snapshots.js';
import { capturedIn, comparedStory, neutralizedStory, stageRequestOf } from '../staging/what-to-stage.js';
import { LiveKeeping } from '../staging/live-keeping.js';
import { StagingSteps } from '../staging/staging-steps.js';
import { StandbyStaging } from '../staging/standby-staging.js';
import { UndoStaging } from '../undo/undo-staging.js';
import type { RollbackTask } from '../rollback-task.js';

/** The share of the whole each phase of a rollback is, roughly, in time. */
const phaseWeights = new Map<RestorePhase, number>([
  ['prepare', 2],
  ['stage-database', 45],
  ['stage-filestore', 20],
  ['verify', 3],
  ['cutover', 3],
  ['cleanup', 2],
]);

/** Runs one rollback: prepare, stage, verify, cutover, clean up. Each step is written down before it is taken. */
@Injectable()
export class RollbackRunner {
  private readonly logger = new Logger(RollbackRunner.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly snapshots: SnapshotReader,
    private readonly survey: RollbackSurvey,
    private readonly lifecycle: RollbackLifecycle,
    private readonly safety: SafetySnapshots,
    private readonly doors: KeptDoors,
    private readonly cutover: RollbackCutover,
    private readonly progress: ProgressLog,
    private readonly reader: RollbackReader,
    private readonly kept: KeptStates,
    private readonly undoStaging: UndoStaging,
    private readonly standbys: StandbyStaging,
    private readonly removal: BesideRemoval,
    private readonly lost: LostRollbacks,
    private readonly announcements: Announcements,
    private readonly settings: SettingsReader,
    private readonly restored: RestoredStates,
    private readonly keeping: LiveKeeping,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /**
   * Returns when the rollback has ended: its log says how. Throws only when `signal` was aborted before
   * the cutover (the rollback is queued again, untouched) or our own database failed.
   */
  async run(deploymentId: string, signal: AbortSignal): Promise<void> {
    const log = await this.lifecycle.take(deploymentId);
    if (log === null) return;
    using watch = new CancelWatch(
      signal,
      async () => (await this.reader.byDeployment(deploymentId))?.cancelRequested === true,
    );
    const recorder = new ProgressRecorder(phaseWeights, (figures) =>
      this.progress.append(deploymentId, toRunningProgress(log, figures)),
    );
    const task: RollbackTask = {
      log,
      signal: watch.signal,
      progress: recorder,
      staged: null,
      restoring: false,
      inCutover: false,
      swapped: false,
      warnings: [...log.warnings],
    };
    try {
      await this.steps(task);
      await recorder.close();
    } catch (error) {
      await recorder.close();
      await this.interrupted(task, error);
    }
  }

  private async steps(task: RollbackTask): Promise<void> {
    const { log } = task;
    if (log.undoOf !== null) return this.undo(task, log.undoOf);
    const context = await inPhase('prepare', () => this.prepare(task));
    if (context.standby === null) {
      task.restoring = log.sourceEnvironmentId === log.environmentId;
      const staged = await this.stage(task, context);
      task.staged = staged;
      await inPhase('verify', () => this.verify(task, staged, context));
      task.restoring = false;
    } else {
      task.staged = context.standby;
      noteWarnings(task, context.standby);
    }
    await inPhase('verify', () => this.keeping.run(task, task.staged!, context));
    await this.cutover.run(task, task.staged, context.target);
  }

  /** Nothing is built: the previous state is there already. */
  private async undo(task: RollbackTask, undoOf: string): Promise<void> {
    const { target, staged } = await inPhase('prepare', () => this.prepareUndo(task, undoOf));
    await this.cutover.run(task, staged, target);
  }

  private async prepareUndo(
    task: RollbackTask,
    undoOf: string,
  ): Promise<{ target: EnvironmentEntity; staged: Staged }> {
    const { log, progress } = task;
    await this.lifecycle.beginStep(log, 'prepare');
    progress.report({ phase: 'prepare', message: 'Looking at the previous state' });
    const [target, original] = await Promise.all([
      this.environments.byId(log.environmentId),
      this.reader.byDeployment(undoOf),
    ]);
    if (target === null) throw errors.notFound('environment', log.environmentId);
    if (original === null) throw errors.notFound('rollback', undoOf);
    await this.safety.settle(original, task.signal, (percent) => {
      const message = `Waiting for the safety snapshot of the previous state, which is at ${percent} percent`;
      progress.report({ phase: 'prepare', message });
    });
    // Its worker may have died while it was open, and none begins again.
    task.warnings.push(...(await this.doors.close(original)));
    const staged = await this.undoStaging.stage(original, target, randomUUID());
    task.staged = staged;
    await this.lifecycle.endStep(log, 'completed');
    return { target, staged };
  }

  /** The facts may have changed since the plan was made; what they forbid now is refused now. */
  private async prepare(task: RollbackTask) {
    const { log, progress, signal } = task;
    await this.lifecycle.beginStep(log, 'prepare');
    progress.report({ phase: 'prepare', message: 'Looking at the environment' });
    const [first, sealed] = await runTogether(signal, [
      async () => this.look(task),
      async (together) => this.standbys.seal(log, together),
    ] as const);
    const isUsable = first.facts.standsReady && sealed !== null;
    const standby = isUsable ? await this.standbys.take(log, sealed, await this.requestFor(first), signal) : null;
    // What is to be built after all may lack room.
    const found = first.facts.standsReady && standby === null ? await this.look(task) : first;
    await this.lifecycle.endStep(log, 'completed', standbyStory(log));
    return { ...found, standby };
  }

  private async look(task: RollbackTask): Promise<Found> {
    const { log } = task;
    const [source, target, snapshot] = await Promise.all([
      this.environments.byId(log.sourceEnvironmentId),
      this.environments.byId(log.environmentId),
      log.snapshotId === null ? null : this.snapshots.byId(log.snapshotId),
    ]);
    if (source === null || target === null) throw errors.notFound('environment', log.environmentId);
    if (snapshot === null) throw errors.notFound('snapshot', log.snapshotId ?? 'of this rollback');
    const question = { source, target, snapshot, createSafetySnapshot: log.createSafetySnapshot, isReachable: true };
    let facts = await this.survey.gather(question);
    for (const make of [() => this.standbys.makeRoom(target.id), () => this.kept.makeRoom(target.id, null)]) {
      if (!lacksRoom(facts)) break;
      task.warnings.push(...(await make()));
      facts = await this.survey.gather(question);
    }
    const plan = planRollback(facts);
    if (!plan.allowed) throw errors.rollbackRefused(plan.refusals);
    const changes = log.planned === null ? [] : materialChanges(log.planned, promisedBy(facts, plan.neutralize));
    if (changes.length > 0) throw errors.rollbackRefused(changes);
    await this.lifecycle.note(log, { keptDatabaseBytes: plan.database?.currentBytes ?? null });
    const settings = await this.settings.of(target.id);
    return { target, snapshot, facts, settings, neutralize: plan.neutralize };
  }

  private async requestFor({ target, snapshot, facts, neutralize, settings }: Found): Promise<StageRequest> {
    const places = await this.connections.resolve(target);
    const databaseFacts = facts.database !== null && 'facts' in facts.database ? facts.database.facts : undefined;
    const inode = facts.filestore !== null && 'facts' in facts.filestore ? facts.filestore.facts.inode : undefined;
    return stageRequestOf({
      ...{ attemptId: randomUUID(), snapshot, target, places, databaseFacts, inode, neutralize, settings },
      properties: facts.needs === null ? 'live' : propertiesFrom(facts.needs.properties),
    });
  }

  private async stage(task: RollbackTask, found: Found): Promise<Staged> {
    const { log, signal, progress } = task;
    const request = await this.requestFor(found);
    await this.lifecycle.note(log, { ...(await namesBeside(request)), stateId: request.attemptId });
    const notes = await this.notesFor(found, request);
    const steps = new StagingSteps(this.lifecycle, log, progress);
    await steps.begin(request.database ? 'stage-database' : 'stage-filestore');
    const staged = await stage({ ...request, ...(notes && { notes }) }, this.vault, { signal, progress: steps });
    // Owned from here on: whatever goes wrong next must discard it.
    task.staged = staged;
    await notes?.finish();
    noteWarnings(task, staged);
    await steps.end();
    return staged;
  }

  /** What the environment has afterwards is the snapshot only where it is its own, and nothing of it is changed. */
  private async notesFor({ target, snapshot, neutralize }: Found, { attemptId }: StageRequest) {
    if (neutralize || snapshot.environmentId !== target.id) return undefined;
    return this.restored.begin({ id: attemptId, environmentId: target.id, snapshotId: snapshot.id });
  }

  /** Whatever the settings want was compared while it was staged; this compares the sums. */
  private async verify({ log, progress }: RollbackTask, staged: Staged, { snapshot, settings }: Found): Promise<void> {
    await this.lifecycle.beginStep(log, 'verify');
    progress.report({ phase: 'verify', message: 'Comparing with what was captured' });
    const { filestore } = staged;
    const captured = filestore && capturedIn(filestore);
    if (captured && (captured.files !== snapshot.fileCount || captured.bytes !== snapshot.filestoreBytes)) {
      const expected = `${snapshot.fileCount} files with ${snapshot.filestoreBytes} bytes`;
      throw new EngineError(
        'snapshot-damaged',
        `The snapshot should have ${expected}, but ${captured.files} with ${captured.bytes} came out of the vault.`,
      );
    }
    await this.lifecycle.endStep(
      log,
      'completed',
      comparedStory[settings.verifyRestored] + neutralizedStory(filestore),
    );
  }

  private async interrupted(task: RollbackTask, error: unknown): Promise<void> {
    const { log, signal, inCutover } = task;
    if (error instanceof RollbackLost) {
      this.logger.warn({ deploymentId: log.deploymentId }, "The rollback is no longer this worker's.");
      return;
    }
    // By the names in the log, whether or not it was built to its end. What an undo would have swapped back is kept on, and so is
    // a standby, whose names it has not.
    const removeBuilt = async () => {
      await this.standbys.putBack(log, task.staged);
      return log.undoOf === null ? this.removal.remove(log) : [];
    };
    const reason: unknown = signal.aborted && !inCutover ? signal.reason : error;
    if (reason instanceof RollbackCancelled) {
      const left = await removeBuilt();
      const gone = left.length === 0 ? { keptDatabase: null, keptDirectory: null } : {};
      return this.lifecycle.cancel(log, { warnings: [...task.warnings, ...left], ...gone });
    }
    if (signal.aborted && !inCutover) {
      if ((await removeBuilt()).length > 0) await this.removal.leave(log);
      await this.lifecycle.handBack(log);
      throw reason;
    }
    this.logger[isUnexpected(error) ? 'error' : 'warn'](
      { err: error, deploymentId: log.deploymentId },
      'The rollback failed.',
    );
    if (task.swapped || (error instanceof EngineError && error.code === 'cutover-incomplete')) {
      // Nothing here may touch anything any more. Whoever looks at the facts, under a new epoch, goes on.
      await this.lost.handOver(log);
      return;
    }
    const left = await removeBuilt();
    const disproof = task.restoring ? disproofBy(error) : null;
    if (disproof !== null && log.snapshotId !== null)
      await this.dataSource.transaction((manager) =>
        learnOfSnapshot(manager, this.announcements, log.snapshotId!, disproof),
      );
    await this.lifecycle.fail(log, toFinding(error), {
      warnings: [...task.warnings, ...left],
      ...(left.length === 0 ? { keptDatabase: null, keptDirectory: null } : {}),
    });
  }
}

/** What a rollback is about, as it is now. */
interface Found {
  target: EnvironmentEntity;
  snapshot: SnapshotEntity;
  facts: RollbackFacts;
  settings: EffectiveSettings;
  neutralize: boolean;
}

function noteWarnings(task: RollbackTask, { warnings = [] }: Staged): void {
  task.warnings.push(...warnings.map(({ code, message }) => ({ code, message })));
}

/** For the log. */
function standbyStory({ standby }: RollbackLogEntity): string | null {
  if (standby === null) return null;
  return standby.used
    ? 'The standby of the snapshot is what was built: nothing has to be rebuilt.'
    : `The standby of the snapshot cannot be used, so everything is rebuilt. ${standby.reason?.message ?? ''}`.trim();
}

function lacksRoom({ filestore, snapshot, standsReady }: RollbackFacts): boolean {
  return !standsReady && filestore !== null && !isFinding(filestore) && needsRoom(filestore, snapshot);
}
