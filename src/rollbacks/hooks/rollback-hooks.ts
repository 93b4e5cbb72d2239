import { Injectable } from '@nestjs/common';
import { ProjectPlaces } from '../../trust-domains/project-places.js';
import type { OrganizationPlaces } from '../../trust-domains/trust-domains.js';
import type { StoredHook } from '../../projects/connections/stored-connections.js';
import { EngineError } from '../../engine/engine-error.js';
import type { CutoverHooks } from '../../engine/restore/cutover/cutover-journal.js';
import { toFinding } from '../../errors/finding.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { HookHeaders } from '../../projects/connections/hook-headers.js';
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
    private readonly places: ProjectPlaces,
    private readonly headers: HookHeaders,
  ) {}

  of({ deploymentId, environmentId, snapshotId }: RollbackLogEntity, environment: EnvironmentEntity): CutoverHooks {
    const about = { deploymentId, environmentId, snapshotId };
    const { beforeCutover, beforeCutoverHeaders, afterCutover, afterCutoverHeaders } = environment;
    const run = async (hook: StoredHook | null, sealed: string | null, event: HookEvent) => {
      if (hook === null) return;
      const places = await this.places.of(environment.projectId);
      await runHook(hook, this.headers.open(sealed, environment.id), event, places);
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
}

async function runHook(
  hook: StoredHook,
  headers: Record<string, string>,
  event: HookEvent,
  { hookHosts, hookCommands }: OrganizationPlaces,
): Promise<void> {
  if ('url' in hook) return callHook({ ...hook, headers }, event, hookHosts);
  const program = hookCommands.get(hook.command);
  if (program === undefined)
    throw new EngineError(
      'hook-failed',
      `The organization has no hook command named ${hook.command} at this worker (HOOK_COMMANDS).`,
    );
  await runHookCommand(hook.command, program, event, hook.timeoutSeconds);
}
