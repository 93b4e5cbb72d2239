import type { DatabaseChange, Finding, RollbackPlan } from '../../../sdk/typescript/index.js';

export interface PlanDifference {
  what: string;
  before: string;
  now: string;
}

/**
 * What a plan says otherwise than the one before it, for people; empty: nothing that matters. Sessions, sizes and durations change all the time
 * and do not count. Pure.
 */
export function planDifferences(before: RollbackPlan, now: RollbackPlan): PlanDifference[] {
  const both = (what: string, tell: (plan: RollbackPlan) => string): PlanDifference => ({
    what,
    before: tell(before),
    now: tell(now),
  });
  const told = [
    both('Snapshot', ({ snapshotId }) => snapshotId),
    both('Environment', ({ targetEnvironmentId }) => targetEnvironmentId),
    both('Rollback', ({ allowed }) => (allowed ? 'allowed' : 'refused')),
    both('Way', ({ standby }) => (standby ? 'the standby is swapped in' : 'rebuilt beside the live state')),
    both('Safety snapshot', ({ safetySnapshot }) => (safetySnapshot ? 'taken' : 'not taken')),
    both('Data', ({ neutralize }) => (neutralize ? 'neutralised' : 'as it was captured')),
    both('Database', ({ database }) => database?.name ?? 'none'),
    both('Directory', ({ filestore }) => filestore?.path ?? 'none'),
  ].filter((each) => each.before !== each.now);
  const found = [
    ...told,
    ...findingDifferences('In the way', before.refusals, now.refusals),
    ...findingDifferences('Warning', before.warnings, now.warnings),
    ...propertyDifferences(before.databaseChanges, now.databaseChanges),
  ];
  if (found.length > 0 || before.planToken === now.planToken) return found;
  // It bears the same name and is another one: the token knows, the plan does not show by what.
  return [{ what: 'Database or directory', before: 'the one of then', now: 'another one of the same name' }];
}

function findingDifferences(what: string, before: readonly Finding[], now: readonly Finding[]): PlanDifference[] {
  const missing = (from: readonly Finding[], other: readonly Finding[]) =>
    from.filter(({ code }) => !other.some((each) => each.code === code));
  return [
    ...missing(before, now).map(({ message }) => ({ what, before: message, now: 'gone' })),
    ...missing(now, before).map(({ message }) => ({ what, before: 'not there', now: message })),
  ];
}

function propertyDifferences(before: readonly DatabaseChange[], now: readonly DatabaseChange[]): PlanDifference[] {
  const [then, present] = [byName(before), byName(now)];
  return [...new Set([...then.keys(), ...present.keys()])]
    .map((name) => ({ what: name, before: then.get(name) ?? 'stays', now: present.get(name) ?? 'stays' }))
    .filter((each) => each.before !== each.now);
}

function byName(changes: readonly DatabaseChange[]): Map<string, string> {
  return new Map(changes.map((change) => [propertyName(change), propertyChange(change)]));
}

const PROPERTY: Record<DatabaseChange['property'], string> = {
  setting: 'Setting',
  comment: 'Comment',
  connectionLimit: 'Connection limit',
};

/** Such as `work_mem for shop`. */
export function propertyName({ property, setting, role }: DatabaseChange): string {
  return `${setting ?? PROPERTY[property]}${role === null ? '' : ` for ${role}`}`;
}

function propertyChange({ from, to, shown }: DatabaseChange): string {
  return shown ? `${from ?? 'unset'} → ${to ?? 'unset'}` : 'changes; values are not shown';
}
