import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Finding } from '../contract/generated/types.gen.js';
import { EngineError } from '../engine/engine-error.js';
import { cutover } from '../engine/restore/cutover.js';
import type { CutoverResult } from '../engine/restore/cutover.js';
import { dropKept } from '../engine/restore/discard.js';
import type { Staged } from '../engine/restore/staged.js';
import { SettingsReader } from '../settings/settings-reader.js';
import { SnapshotReader } from '../snapshots/snapshot-reader.js';
import { RollbackLifecycle } from './rollback-lifecycle.js';
import type { RollbackTask } from './rollback-task.js';

/** How often to look whether the captures that are running have ended. */
const LOOK_MS = 500;

/** The last part of a rollback: wait for captures, swap, clean up. */
@Injectable()
export class RollbackCutover {
  constructor(
    private readonly settings: SettingsReader,
    private readonly snapshots: SnapshotReader,
    private readonly lifecycle: RollbackLifecycle,
  ) {}

  /** Returns the warnings for the log. */
  async run(task: RollbackTask, staged: Staged): Promise<Finding[]> {
    const { log, progress } = task;
    await this.lifecycle.beginStep(log, 'cutover');
    await this.waitForCaptures(task);
    progress.report({ phase: 'cutover', message: 'Swapping' });
    // From here on the rollback goes through, whoever wants to stop the process.
    task.inCutover = true;
    const result = await cutover(staged, {
      onStep: (step) => this.lifecycle.note(log, { steps: withDetail(log.steps, step) }),
    });
    await this.lifecycle.note(log, {
      downtimeMs: Math.round(result.downtimeMs),
      keptDatabase: result.keptDatabase ?? null,
      keptDirectory: result.keptDirectory ?? null,
    });
    await this.lifecycle.endStep(log, 'completed', `Swapped in ${Math.round(result.downtimeMs)} ms.`);
    return [...findings('cutover', result.warnings), ...(await this.cleanUp(task, staged, result))];
  }

  private async cleanUp({ log, progress }: RollbackTask, staged: Staged, result: CutoverResult): Promise<Finding[]> {
    await this.lifecycle.beginStep(log, 'cleanup');
    progress.report({ phase: 'cleanup', message: 'Removing the previous state' });
    const { keptDatabase, keptDirectory } = result;
    const warnings = await dropKept({
      ...(staged.database && keptDatabase !== undefined
        ? { database: { address: staged.database.maintenance, name: keptDatabase } }
        : {}),
      ...(keptDirectory === undefined ? {} : { directory: keptDirectory }),
    });
    return findings('left-over', warnings);
  }

  /** The swap ends every session of the database; a capture that is running would fail for it. */
  private async waitForCaptures({ log, signal, progress }: RollbackTask): Promise<void> {
    const { timeoutSeconds } = await this.settings.of(log.environmentId);
    const deadline = Date.now() + timeoutSeconds * 1000;
    const isFree = async (manager: Parameters<SnapshotReader['running']>[1]) =>
      (await this.snapshots.running(log.environmentId, manager)).length === 0;
    while (!(await this.lifecycle.enterCutover(log, isFree))) {
      if (Date.now() > deadline) {
        const message =
          'A snapshot of the environment was still running when the time for the rollback was up; nothing was changed.';
        throw new EngineError('cutover-failed', message);
      }
      progress.report({ phase: 'cutover', message: 'Waiting for a snapshot to end' });
      await setTimeout(LOOK_MS, undefined, { signal });
    }
    signal.throwIfAborted();
  }
}

function findings(code: string, messages: string[]): Finding[] {
  return messages.map((message) => ({ code, message }));
}

function withDetail<T extends { detail: string | null }>(steps: T[], detail: string): T[] {
  const last = steps.at(-1);
  return last === undefined
    ? steps
    : [...steps.slice(0, -1), { ...last, detail: `About to ${detail.replace('-', ' ')}.` }];
}
