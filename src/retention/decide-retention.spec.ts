import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRetention as decideAt, dueUntil } from './decide-retention.js';
import type { RetentionCandidate, RetentionDecision } from './decide-retention.js';
import { PROTECTION_DEFAULTS } from '../settings/protection.js';
import { policyOf } from './retention-policy.js';

const DAY_MS = 86_400_000;
const now = new Date('2026-11-23T03:00:00.000Z');
const policy = { retentionDays: 30 };

/** By age alone. */
function decideRetention(
  snapshots: readonly RetentionCandidate[],
  within: typeof policy,
  at: Date,
): RetentionDecision[] {
  const settings = { ...PROTECTION_DEFAULTS, ...within };
  return decideAt(snapshots, { policy: policyOf(settings), now: at, keepers: new Map() });
}

function snapshot(id: string, daysOld: number, changes: Partial<RetentionCandidate> = {}): RetentionCandidate {
  return {
    id,
    createdAt: new Date(now.getTime() - daysOld * DAY_MS),
    pinned: false,
    pinHeldUntil: null,
    label: null,
    lockedUntil: null,
    rules: [],
    unfinishedDifferentials: 0,
    usedByRollback: null,
    beingVerified: false,
    restorability: 'restorable',
    ...changes,
  };
}

function decisionsById(snapshots: RetentionCandidate[], at = now, within = policy): Map<string, RetentionDecision> {
  return new Map(decideRetention(snapshots, within, at).map((decision) => [decision.snapshotId, decision]));
}

describe('decideRetention', () => {
  it('says why it keeps and why it does not', () => {
    const decisions = decideRetention(
      [
        snapshot('a-newest', 1),
        snapshot('b-young', 29),
        snapshot('c-old', 31),
        snapshot('d-pinned', 400, { pinned: true, label: 'before 17.0' }),
        snapshot('e-pinned', 401, { pinned: true }),
        snapshot('f-used', 402, { usedByRollback: '5a3f3a9c' }),
        snapshot('g-verified', 403, { beingVerified: true }),
        snapshot('h-locked', 404, { lockedUntil: new Date(now.getTime() + 1) }),
        snapshot('i-no-more', 405, { lockedUntil: now }),
      ],
      policy,
      now,
    );
    expect(decisions.map(({ decision, reasons }) => [decision, ...reasons])).toEqual([
      ['keep', 'the newest completed snapshot', 'younger than 30 days (until 2026-12-22T03:00:00.000Z)'],
      ['keep', 'younger than 30 days (until 2026-11-24T03:00:00.000Z)'],
      ['due', 'older than 30 days'],
      ['keep', "pinned: 'before 17.0'"],
      ['keep', 'pinned'],
      ['keep', 'used by the rollback 5a3f3a9c'],
      ['keep', 'being verified'],
      ['keep', 'locked until 2026-11-23T03:00:00.001Z'],
      ['due', 'older than 30 days'],
    ]);
  });

  it('keeps the newest completed snapshot when every rule says drop', () => {
    const decisions = decisionsById([snapshot('old', 1000), snapshot('older', 2000)]);
    expect(decisions.get('old')?.decision).toBe('keep');
    expect(decisions.get('older')?.decision).toBe('due');
  });

  it('counts a snapshot of exactly retentionDays as old, and one a millisecond younger as young', () => {
    const edge = dueUntil(policy, now);
    const decisions = decisionsById([
      snapshot('newest', 0),
      snapshot('edge', 0, { createdAt: edge }),
      snapshot('inside', 0, { createdAt: new Date(edge.getTime() + 1) }),
    ]);
    expect(decisions.get('edge')?.decision).toBe('due');
    expect(decisions.get('inside')?.decision).toBe('keep');
  });

  it('keeps a base on which a differential is being taken', () => {
    const decisions = decisionsById([snapshot('newest', 0), snapshot('base', 50, { unfinishedDifferentials: 1 })]);
    expect(decisions.get('base')?.reasons).toEqual(['the base of 1 differential being taken']);
  });

  it('tells snapshots of the same millisecond apart by their ids, as the lists do', () => {
    const order = decideRetention([snapshot('a', 50), snapshot('c', 50), snapshot('b', 50)], policy, now);
    expect(order.map(({ snapshotId }) => snapshotId)).toEqual(['c', 'b', 'a']);
    expect(order[0]?.reasons).toEqual(['the newest completed snapshot']);
  });

  it('does not count a refuted snapshot as the newest, and keeps the newest that is not', () => {
    const decisions = decideRetention(
      [
        snapshot('a-refuted', 31, { restorability: 'refuted' }),
        snapshot('b-refuted', 32, { restorability: 'refuted', pinned: true }),
        snapshot('c-whole', 40),
        snapshot('d-whole', 41),
      ],
      policy,
      now,
    );
    expect(decisions.map(({ decision, reasons }) => [decision, ...reasons])).toEqual([
      ['due', 'older than 30 days', 'refuted, so it does not count as the newest'],
      ['keep', 'pinned'],
      ['keep', 'the newest completed snapshot that is not refuted'],
      ['due', 'older than 30 days'],
    ]);
  });

  it('keeps the newest that can be restored beside newer ones that cannot as things stand', () => {
    const decisions = decisionsById([
      snapshot('refuted', 31, { restorability: 'refuted' }),
      snapshot('blocked', 32, { restorability: 'blocked' }),
      snapshot('older blocked', 33, { restorability: 'blocked' }),
      snapshot('restorable', 40),
      snapshot('older', 41),
    ]);
    const kept = [...decisions].filter(([, { decision }]) => decision === 'keep').map(([id]) => id);
    expect(kept).toEqual(['blocked', 'restorable']);
  });

  it('keeps the newest of all when all are refuted: it may be mended', () => {
    const decisions = decisionsById([
      snapshot('newest', 40, { restorability: 'refuted' }),
      snapshot('older', 41, { restorability: 'refuted' }),
    ]);
    expect(decisions.get('newest')?.reasons).toEqual(['the newest completed snapshot, although all are refuted']);
    expect(decisions.get('older')?.decision).toBe('due');
  });

  it('decides nothing about nothing', () => {
    expect(decideRetention([], policy, now)).toEqual([]);
  });
});

/** The ids of the newest that is not refuted and of the newest restorable one. */
function newestThatCount(snapshots: readonly RetentionCandidate[]): string[] {
  const order = decideRetention(snapshots, policy, now).map(({ snapshotId }) => snapshotId);
  const sorted = order.map((id) => snapshots.find((snapshot) => snapshot.id === id)!);
  const unrefuted = sorted.find(({ restorability }) => restorability !== 'refuted');
  const restorable = sorted.find(({ restorability }) => restorability === 'restorable');
  return [unrefuted, restorable].flatMap((snapshot) => (snapshot === undefined ? [] : [snapshot.id]));
}

function rarely<T>(one: T, usual: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant(one) }, { weight: 9, arbitrary: fc.constant(usual) });
}

const environments = fc
  .array(
    fc.record({
      daysOld: fc.integer({ min: 0, max: 120 }),
      pinned: rarely(true, false),
      used: rarely<string | null>('5a3f3a9c', null),
      unfinished: rarely(1, 0),
      restorability: fc.constantFrom<RetentionCandidate['restorability']>('restorable', 'blocked', 'refuted'),
    }),
    { maxLength: 12, size: 'max' },
  )
  .map((drawn) =>
    drawn.map(({ daysOld, pinned, used, unfinished, restorability }, index) =>
      snapshot(`s${index}`, daysOld, {
        pinned,
        usedByRollback: used,
        restorability,
        unfinishedDifferentials: unfinished,
      }),
    ),
  );
const policies = fc.record({ retentionDays: fc.integer({ min: 1, max: 100 }) });

/** The smallest environment for which the rule does not hold; null when there is none. */
function exception<T>(drawn: fc.Arbitrary<T>, rule: (drawn: T) => boolean): T | null {
  return fc.check(fc.property(drawn, rule)).counterexample?.[0] ?? null;
}

const cases = fc.record({ snapshots: environments, within: policies });

describe('decideRetention, whatever the environment', () => {
  it('never drops what is pinned or used', () => {
    const found = exception(cases, ({ snapshots, within }) => {
      const decisions = decisionsById(snapshots, now, within);
      const held = snapshots.filter(({ pinned, usedByRollback }) => pinned || usedByRollback !== null);
      return held.every(({ id }) => decisions.get(id)?.decision === 'keep');
    });
    expect(found).toBeNull();
  });

  it('never drops the newest that is not refuted, nor the newest restorable one, however late it is asked', () => {
    const late = fc.record({ snapshots: environments, within: policies, days: fc.nat({ max: 10_000 }) });
    const found = exception(late, ({ snapshots, within, days }) => {
      const decisions = decideRetention(snapshots, within, new Date(now.getTime() + days * DAY_MS));
      return newestThatCount(snapshots).every(
        (id) => decisions.find(({ snapshotId }) => snapshotId === id)?.decision === 'keep',
      );
    });
    expect(found).toBeNull();
  });

  it('drops only what is old, decides about each once, and always says why', () => {
    const found = exception(cases, ({ snapshots, within }) => {
      const decisions = decideRetention(snapshots, within, now);
      const due = decisions.filter(({ decision }) => decision === 'due');
      return (
        decisions.length === snapshots.length &&
        decisions.every(({ reasons }) => reasons.length > 0) &&
        due.every(({ createdAt }) => createdAt <= dueUntil(within, now))
      );
    });
    expect(found).toBeNull();
  });

  it('does not depend on the order of the input and leaves it as it is', () => {
    const shuffled = cases.chain(({ snapshots, within }) =>
      fc.record({
        snapshots: fc.constant(snapshots),
        within: fc.constant(within),
        other: fc.shuffledSubarray(snapshots, { minLength: snapshots.length }),
      }),
    );
    const found = exception(shuffled, ({ snapshots, within, other }) => {
      const before = structuredClone(snapshots);
      const same = isDeepStrictEqual(decideRetention(snapshots, within, now), decideRetention(other, within, now));
      return same && isDeepStrictEqual(snapshots, before);
    });
    expect(found).toBeNull();
  });

  it('never takes back later that something is due', () => {
    const twice = fc.record({ snapshots: environments, within: policies, delay: fc.nat({ max: 200 * DAY_MS }) });
    const found = exception(twice, ({ snapshots, within, delay }) => {
      const later = decisionsById(snapshots, new Date(now.getTime() + delay), within);
      const due = decideRetention(snapshots, within, now).filter(({ decision }) => decision === 'due');
      return due.every(({ snapshotId }) => later.get(snapshotId)?.decision === 'due');
    });
    expect(found).toBeNull();
  });

  it('decides about a page as about the whole, given the newest', () => {
    const pages = fc.record({ snapshots: environments, within: policies, start: fc.nat({ max: 11 }) });
    const found = exception(pages, ({ snapshots, within, start }) => {
      const all = decideRetention(snapshots, within, now);
      const page = new Set(all.slice(start, start + 3).map(({ snapshotId }) => snapshotId));
      const enough = snapshots.filter(
        ({ id }) => page.has(id) || id === all[0]?.snapshotId || newestThatCount(snapshots).includes(id),
      );
      const decisions = decideRetention(enough, within, now).filter(({ snapshotId }) => page.has(snapshotId));
      return isDeepStrictEqual(decisions, all.slice(start, start + 3));
    });
    expect(found).toBeNull();
  });
});
