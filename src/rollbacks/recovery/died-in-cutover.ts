import { Injectable, Logger } from '@nestjs/common';
import type { Finding } from '../../contract/generated/types.gen.js';
import { recoverCutover } from '../../engine/restore/recovery/recover-cutover.js';
import type { RecoveryResult } from '../../engine/restore/recovery/recover-cutover.js';
import { errors } from '../../errors/catalogue.js';
import { ProgressLog } from '../../progress/progress-log.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { BesideRemoval } from '../../projects/places/beside-removal.js';
import { RollbackHooks } from '../hooks/rollback-hooks.js';
import { RollbackEnding } from '../cutover/rollback-ending.js';
import { JournalInRollbackLog } from '../cutover/journal-in-rollback-log.js';
import { NEEDS_PERSON } from '../rollback-transitions.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';
import { withDetail } from '../rollback-steps.js';
import { toRecoveryProgress } from '../rollback.dto.js';

/**
 * Takes up a rollback that was lost in its cutover: the engine finishes or reverts it, and this says so in the
 * log and in the progress stream. Only where a person has to look does it fail with `cutover-incomplete`.
 */
@Injectable()
export class DiedInCutover {
  private readonly logger = new Logger(DiedInCutover.name);

  constructor(
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly lifecycle: RollbackLifecycle,
    private readonly hooks: RollbackHooks,
    private readonly ending: RollbackEnding,
    private readonly removal: BesideRemoval,
    private readonly progress: ProgressLog,
  ) {}

  /** `log` has been taken over. Rejects when it could not be recovered now, for instance because the server is away. */
  async recover(log: RollbackLogEntity): Promise<void> {
    const { journal } = log;
    if (journal === null) throw new Error('The rollback has not begun its cutover.');
    await this.beginStep(log);
    const environment = await this.environments.byId(log.environmentId);
    if (environment === null) throw errors.notFound('environment', log.environmentId);
    const { database } = journal.database ? await this.connections.resolve(environment) : {};
    const result = await recoverCutover(journal, database, {
      journal: new JournalInRollbackLog(this.lifecycle, log),
      hooks: this.hooks.of(log, environment),
      epoch: log.attempt,
      say: (message) => void this.say(log, message).catch(() => undefined),
    });
    this.logger.log({ deploymentId: log.deploymentId, ...result }, 'A rollback was taken up in its cutover.');
    await this.conclude(log, result);
  }

  /** Says that it has to wait, for whoever watches. */
  async wait(log: RollbackLogEntity, why: Finding, seconds: number): Promise<void> {
    const message = `Recovery is pending, and tried again in ${seconds} s: ${why.message}`;
    await this.lifecycle.note(log, { steps: withDetail(log.steps, message) });
    await this.say(log, message);
  }

  private async conclude(log: RollbackLogEntity, result: RecoveryResult): Promise<void> {
    const { story, database, directory } = result;
    const beside = { keptDatabase: database ?? null, keptDirectory: directory ?? null };
    const warnings = result.warnings.map((message) => ({ code: 'cutover', message }));
    if (result.outcome === 'completed') {
      const recovered = {
        code: 'recovered',
        message: `Its worker was lost during the swap; another one finished it. ${story}`,
      };
      const downtimeMs = downtimeOf(log, result);
      return this.ending.completed(log, { ...beside, downtimeMs, warnings: [recovered, ...warnings], story });
    }
    if (result.outcome === 'reverted') return this.revert(log, story, beside, warnings);
    const names = [database && `the database ${database}`, directory && `the directory ${directory}`].filter(Boolean);
    const message =
      `Its worker was lost during the swap, and a person has to look: ${story} Both states are kept; the other one is ` +
      `${names.join(' and ') || 'beside the live one'}.`;
    await this.lifecycle.fail(log, { code: NEEDS_PERSON, message }, beside);
  }

  private async revert(
    log: RollbackLogEntity,
    story: string,
    beside: Pick<RollbackLogEntity, 'keptDatabase' | 'keptDirectory'>,
    warnings: Finding[],
  ): Promise<void> {
    const message = `Its worker was lost during the swap, and everything is as it was before; start it again. ${story}`;
    const failure = { code: 'worker-lost', message };
    const none = { keptDatabase: null, keptDirectory: null };
    if (log.undoOf !== null) {
      // What it would have swapped back is kept on, under the name it has now.
      const { keptDirectory } = beside;
      const moved = keptDirectory === null ? null : { keptDirectory };
      return this.lifecycle.revert(log, failure, { ...none, warnings }, moved);
    }
    const left = await this.removal.remove({ ...log, ...beside });
    await this.lifecycle.revert(log, failure, {
      ...(left.length === 0 ? none : beside),
      warnings: [...warnings, ...left],
    });
  }

  /** The step that was lost is over; this one is told once, however often it is tried. */
  private async beginStep(log: RollbackLogEntity): Promise<void> {
    const last = log.steps.at(-1);
    if (last?.name === 'recovery' && last.status === 'running') return;
    if (last?.status === 'running')
      await this.lifecycle.endStep(log, 'failed', `The worker was lost. ${last.detail ?? ''}`.trim());
    await this.lifecycle.beginStep(log, 'recovery', 'Looking what is there.');
    await this.say(log, 'The worker was lost during the swap; looking what is there.');
  }

  private async say(log: RollbackLogEntity, message: string): Promise<void> {
    const reached = await this.progress.percentOf(log.deploymentId);
    await this.progress.append(log.deploymentId, toRecoveryProgress(log, message, reached));
  }
}

function downtimeOf({ journal }: RollbackLogEntity, { openedAt }: RecoveryResult): number | null {
  const swapAt = journal?.swapAt;
  return openedAt === undefined || swapAt === undefined ? null : Math.max(0, openedAt.getTime() - Date.parse(swapAt));
}
