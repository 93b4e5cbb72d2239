import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type {
  EnvironmentProtection,
  ProtectionPage,
  ProtectionState,
  ProtectionSummary,
} from '../contract/generated/types.gen.js';
import { ListOrder, totalOf } from '../database/page.js';
import type { PageQuery } from '../database/page.js';
import { judgeProtection } from './judge-protection.js';
import type { EnvironmentFacts } from './protection-facts.js';
import { ProtectionFacts } from './protection-facts.js';

/** Environments that are judged for one answer: what their schedules say, no index knows. */
const MOST_JUDGED = 10_000;

/** What needs somebody, first. */
const STATES: readonly ProtectionState[] = ['unprotected', 'late', 'paused', 'unscheduled', 'protected'];

const keysOf = ({ state, projectName, environmentName, environmentId }: EnvironmentProtection) => [
  String(STATES.indexOf(state)),
  projectName,
  environmentName,
  environmentId,
];

const byUrgency = new ListOrder<EnvironmentProtection>('protection', ['integer', 'text', 'text', 'uuid'], keysOf);

/** Tells which environments are protected, as far as the caller's token reaches. */
@Injectable()
export class ProtectionService {
  constructor(private readonly facts: ProtectionFacts) {}

  /** Throws `validation-failed` for a cursor of another list. */
  async list(caller: Caller, { state, ...query }: PageQuery & { state?: ProtectionState }): Promise<ProtectionPage> {
    const bounds = byUrgency.bounds(query);
    const now = new Date();
    const all = (await this.facts.ofCaller(caller, MOST_JUDGED)).map((facts) => toDto(facts, now));
    const asked = all.filter((one) => state === undefined || one.state === state).toSorted(compare);
    const { after, offset, limit } = bounds;
    const rest = after === null ? asked : asked.filter((one) => compareKeys(keysOf(one), after) > 0);
    const page = byUrgency.page(rest.slice(offset, offset + limit + 1), totalOf(asked.length), bounds);
    return { ...page, summary: summaryOf(all) };
  }
}

function summaryOf(all: readonly EnvironmentProtection[]): ProtectionSummary {
  const count = (state: ProtectionState) => all.filter((one) => one.state === state).length;
  return {
    unprotectedCount: count('unprotected'),
    lateCount: count('late'),
    pausedCount: count('paused'),
    unscheduledCount: count('unscheduled'),
    protectedCount: count('protected'),
  };
}

function toDto(facts: EnvironmentFacts, now: Date): EnvironmentProtection {
  const { state, since, reason } = judgeProtection(facts, now);
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
  };
}

function compare(one: EnvironmentProtection, other: EnvironmentProtection): number {
  return compareKeys(keysOf(one), keysOf(other));
}

function compareKeys(one: readonly string[], other: readonly string[]): number {
  for (const [index, key] of one.entries()) {
    const against = other[index] ?? '';
    if (key !== against) return key < against ? -1 : 1;
  }
  return 0;
}
