import { Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { HookView } from '../../contract/generated/types.gen.js';
import { EngineError } from '../../engine/engine-error.js';
import type { CutoverHooks } from '../../engine/restore/cutover-journal.js';
import { toFinding } from '../../errors/finding.js';
import type { EnvironmentEntity } from '../../projects/environment.entity.js';
import { HookHeaders } from '../../projects/hook-headers.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';
import { callHook } from './call-hook.js';
import { runHookCommand } from './run-hook-command.js';

interface HookEvent {
  event: 'beforeCutover' | 'afterCutover';
  outcome: 'completed' | 'reverted' | null;
  deploymentId: string;
  environmentId: string;
  snapshotId: string | null;
}

/** Calls what an environment wants to have called around a cutover. */
@Injectable()
export class RollbackHooks {
  constructor(
    private readonly configuration: Configuration,
    private readonly headers: HookHeaders,
  ) {}

  of({ deploymentId, environmentId, snapshotId }: RollbackLogEntity, environment: EnvironmentEntity): CutoverHooks {
    const about = { deploymentId, environmentId, snapshotId };
    const { beforeCutover, beforeCutoverHeaders, afterCutover, afterCutoverHeaders } = environment;
    const run = async (hook: HookView | null, sealed: string | null, event: HookEvent) => {
      if (hook !== null) await this.run(hook, this.headers.open(sealed, environment.id), event);
    };
    return {
      before: () => run(beforeCutover, beforeCutoverHeaders, { event: 'beforeCutover', outcome: null, ...about }),
      after: async (outcome) => {
        try {
          await run(afterCutover, afterCutoverHeaders, { event: 'afterCutover', outcome, ...about });
          return [];
        } catch (error) {
          return [toFinding(error).message];
        }
      },
    };
  }

  private async run(hook: HookView, headers: Record<string, string>, event: HookEvent): Promise<void> {
    if ('url' in hook) return callHook({ ...hook, headers }, event, this.configuration.HOOK_HOSTS);
    const program = this.programs().get(hook.command);
    if (program === undefined)
      throw new EngineError('hook-failed', `The worker's HOOK_COMMANDS has no command named ${hook.command}.`);
    await runHookCommand(hook.command, program, event, hook.timeoutSeconds);
  }

  private programs(): Map<string, string> {
    return new Map(
      this.configuration.HOOK_COMMANDS.map((entry) => {
        const at = entry.indexOf('=');
        return [entry.slice(0, at), entry.slice(at + 1)];
      }),
    );
  }
}
