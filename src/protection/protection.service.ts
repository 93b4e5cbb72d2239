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
import { ProtectionFacts } from './protection-facts.js';
import { ProtectionHistory } from './protection-history.js';
import { toProtectionDto } from './protection.dto.js';
import type { Judged } from './protection.dto.js';
import { RollbackOutlooks } from './rollback-outlook.js';

/** Environments that are judged for one answer: what their schedules say, no index knows. */
const MOST_JUDGED = 10_000;

/** What needs somebody, first. */
const STATES: readonly ProtectionState[] = ['unprotected', 'late', 'paused', 'unscheduled', 'protected'];

const keysOf = ({ state, facts: { projectName, name, id } }: Judged) => [
  String(STATES.indexOf(state)),
  projectName,
  name,
  id,
];

const byUrgency = new ListOrder<Judged>('protection', ['integer', 'text', 'text', 'uuid'], keysOf);

interface ProtectionQuery extends PageQuery {
  state?: ProtectionState;
  environmentId?: string;
  /** How many days of history; left out: none. */
  days?: number;
}

/** Tells which environments are protected, as far as the caller's token reaches. */
@Injectable()
export class ProtectionService {
  constructor(
    private readonly facts: ProtectionFacts,
    private readonly history: ProtectionHistory,
    private readonly outlooks: RollbackOutlooks,
  ) {}

  /** Throws `validation-failed` for a cursor of another list. */
  async list(caller: Caller, { state, environmentId, days, ...query }: ProtectionQuery): Promise<ProtectionPage> {
    const bounds = byUrgency.bounds(query);
    const now = new Date();
    const found = await this.facts.ofCaller(caller, MOST_JUDGED);
    const all = found.map((facts): Judged => ({ facts, ...judgeProtection(facts, now) }));
    const isAsked = (one: Judged) =>
      (state === undefined || one.state === state) && (environmentId === undefined || one.facts.id === environmentId);
    const asked = all.filter(isAsked).toSorted(compare);
    const { after, offset, limit } = bounds;
    const rest = after === null ? asked : asked.filter((one) => compareKeys(keysOf(one), after) > 0);
    const page = byUrgency.page(rest.slice(offset, offset + limit + 1), totalOf(asked.length), bounds);
    return { ...page, items: await this.shown(page.items, days), summary: summaryOf(all) };
  }

  /** What takes a look at snapshots is looked for in those alone that are shown. */
  private async shown(judged: readonly Judged[], days: number | undefined): Promise<EnvironmentProtection[]> {
    if (judged.length === 0) return [];
    const environments = judged.map(({ facts }) => facts);
    const [outlooks, histories] = await Promise.all([
      this.outlooks.of(environments),
      days === undefined ? null : this.history.of(environments, days),
    ]);
    return judged.map((one) => {
      const { id } = one.facts;
      return toProtectionDto(one, outlooks.get(id)!, histories && histories.get(id)!);
    });
  }
}

function summaryOf(all: readonly Judged[]): ProtectionSummary {
  const count = (state: ProtectionState) => all.filter((one) => one.state === state).length;
  return {
    unprotectedCount: count('unprotected'),
    lateCount: count('late'),
    pausedCount: count('paused'),
    unscheduledCount: count('unscheduled'),
    protectedCount: count('protected'),
  };
}

function compare(one: Judged, other: Judged): number {
  return compareKeys(keysOf(one), keysOf(other));
}

function compareKeys(one: readonly string[], other: readonly string[]): number {
  for (const [index, key] of one.entries()) {
    const against = other[index] ?? '';
    if (key !== against) return key < against ? -1 : 1;
  }
  return 0;
}
