import type { EnvironmentProtection, ProtectionDay } from '../contract/generated/types.gen.js';
import type { Judgement } from './judge-protection.js';
import type { EnvironmentFacts } from './protection-facts.js';
import type { RollbackOutlook } from './rollback-outlook.js';

/** An environment with what is thought of it. */
export interface Judged extends Judgement {
  facts: EnvironmentFacts;
}

export function toProtectionDto(
  { facts, state, since, reason }: Judged,
  outlook: RollbackOutlook,
  history: ProtectionDay[] | null,
): EnvironmentProtection {
  return {
    environmentId: facts.id,
    environmentName: facts.name,
    environmentType: facts.type,
    projectId: facts.projectId,
    projectName: facts.projectName,
    state,
    since: since?.toISOString() ?? null,
    reason,
    lastSuccessfulAt: facts.lastSuccessful?.toISOString() ?? null,
    lastProvenAt: facts.lastProven?.toISOString() ?? null,
    expectedIntervalSeconds: facts.expectedIntervalSeconds,
    nextRunAt: facts.nextRun?.toISOString() ?? null,
    history,
    ...outlook,
  };
}
