import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import type { Finding } from '../../contract/generated/types.gen.js';
import { EngineError } from '../../engine/engine-error.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { CaptureRunner } from '../../snapshots/capture/capture-runner.js';
import { SnapshotLifecycle } from '../../snapshots/snapshot-lifecycle.js';
import { SnapshotReader } from '../../snapshots/snapshot-reader.js';
import type { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackTask } from '../rollback-task.js';

/**
 * Captures the present state before a rollback changes it. Without it the rollback stops; what is wrong with that state, and
 * whether it could be restored, only makes warnings.
 */
@Injectable()
export class SafetySnapshot {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly snapshots: SnapshotLifecycle,
    private readonly reader: SnapshotReader,
    private readonly runner: CaptureRunner,
    private readonly lifecycle: RollbackLifecycle,
  ) {}

  async take({ log, signal, progress, warnings }: RollbackTask): Promise<void> {
    const id = randomUUID();
    await this.dataSource.transaction(async (manager) => {
      const environment = await this.environments.lock(manager, log.environmentId);
      await this.snapshots.insert(manager, environment, {
        id,
        trigger: 'safety',
        label: 'before a rollback',
        requestedBy: log.requestedBy,
        deploymentId: log.deploymentId,
      });
      // Together: a safety snapshot that no rollback knows of would wait for its worker for ever.
      await this.lifecycle.note(log, { safetySnapshotId: id }, manager);
    });
    await this.lifecycle.beginStep(log, 'safety', `Safety snapshot ${id}.`);
    try {
      await this.runner.run(id, signal, {
        report: (update) => progress.report({ ...update, phase: 'safety' }),
      });
    } catch (error) {
      // Handed back: the next attempt takes its own, so this one must not wait in no queue for ever.
      await this.snapshots.cancel(id, null);
      throw error;
    }
    const snapshot = await this.reader.byId(id);
    if (snapshot?.status !== 'completed') {
      const why = snapshot?.failure?.message ?? `It is ${snapshot?.status ?? 'gone'}.`;
      throw new EngineError(
        'safety-snapshot-failed',
        `The safety snapshot was not completed, so nothing was changed. ${why}`,
      );
    }
    warnings.push(...doubtsAbout(snapshot));
    await this.lifecycle.endStep(log, 'completed');
  }
}

/** What a person should know of the state that was, before it is needed again. */
function doubtsAbout(snapshot: SnapshotEntity): Finding[] {
  const lacking = snapshot.warnings.filter(({ code }) => MISSING_FILES.includes(code));
  const doubts = [...lacking, ...snapshot.restorabilityFindings].map(({ message }) => message);
  if (doubts.length === 0) return [];
  const message = `The safety snapshot ${snapshot.id} was taken of a state that is not whole: ${doubts.slice(0, SHOWN).join(' ')}`;
  return [{ code: 'safety-snapshot-warnings', message }];
}

/** What would have failed another snapshot. */
const MISSING_FILES = ['dangling-references', 'file-references-failed'];
const SHOWN = 3;
