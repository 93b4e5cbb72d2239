import type { Keepers } from './keep-rules.js';
import type { RetentionPolicy } from './retention-policy.js';

/** What the decision looks at in one completed snapshot. */
export interface RetentionCandidate {
  id: string;
  /** When it was asked for; its age counts from here. */
  createdAt: Date;
  pinned: boolean;
  /** The pin holds until then; null: for ever, where there is one. */
  pinHeldUntil: Date | null;
  /** The vault's store keeps everybody from removing it until then; null where it does not. */
  lockedUntil: Date | null;
  /** Why it is pinned, in somebody's words. */
  label: string | null;
  /** The entries of the schedule that took it, by their `ruleKey`. */
  rules: readonly string[];
  /** Differentials on it that are still waiting or being taken, and so are not among the candidates. */
  unfinishedDifferentials: number;
  /** A rollback, waiting or running, that uses it. */
  usedByRollback: string | null;
  /** A verification of it is waiting or running. */
  beingVerified: boolean;
  /**
   * `restorable`: as far as is known. `blocked`: it cannot be restored as things stand, which may change. `refuted`: it is shown
   * that it cannot be.
   */
  restorability: 'restorable' | 'blocked' | 'refuted';
}

export interface RetentionDecision {
  snapshotId: string;
  createdAt: Date;
  pinned: boolean;
  decision: 'keep' | 'due';
  /** Why, in words; at least one. */
  reasons: string[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** By when it is decided, and what is kept by number: see `chooseKeepers`. */
export interface RetentionMoment {
  policy: RetentionPolicy;
  now: Date;
  keepers: Keepers;
}

/**
 * Which of an environment's completed snapshots have had their time, and why the others have not. What is
 * due is pinned by nobody and locked by no store, is older than the policy says (or was taken by entries of the schedule each of which says how many of its own are
 * kept), is among none of those that are kept by number, is not the newest of those that count, and is used by nothing at
 * this moment. A base may go before the differentials on it, which hold all they need, unless one is being taken. The
 * answer is newest first and does not depend on the order of the input.
 *
 * The newest that counts is the newest that is not refuted; and, where that one is blocked, also the newest that is not.
 * Where all are refuted it is the newest of all: what is damaged may be mended.
 *
 * Some snapshots may be left out without changing what is decided about the others, as long as the newest, the newest that is
 * not refuted and the newest that is restorable are there.
 */
export function decideRetention(
  snapshots: readonly RetentionCandidate[],
  moment: RetentionMoment,
): RetentionDecision[] {
  const newestFirst = snapshots.toSorted(byNewest);
  const reasons = new Map<string, string[]>();
  const newest = newestThatCount(newestFirst);
  for (const snapshot of newestFirst) {
    reasons.set(snapshot.id, ownReasons(snapshot, newest.get(snapshot.id), moment));
  }
  return newestFirst.map((snapshot) => {
    const { id, createdAt, pinned } = snapshot;
    const kept = reasons.get(id) ?? [];
    return {
      snapshotId: id,
      createdAt,
      pinned,
      decision: kept.length > 0 ? 'keep' : 'due',
      reasons: kept.length > 0 ? kept : dueReasons(snapshot, moment.policy),
    };
  });
}

function dueReasons(snapshot: RetentionCandidate, policy: RetentionPolicy): string[] {
  const refuted = snapshot.restorability === 'refuted' ? ['refuted, so it does not count as the newest'] : [];
  return [whyOver(snapshot, policy), ...refuted];
}

function whyOver({ rules }: RetentionCandidate, policy: RetentionPolicy): string {
  if (isKeptByNumberAlone(rules, policy))
    return rules
      .map((rule) => `not among the newest ${policy.keepOfRule.get(rule)} of the schedule ${rule}`)
      .join(', ');
  return policy.retentionDays === 0 ? 'kept by no rule' : `older than ${days(policy.retentionDays)}`;
}

/** Whether its age keeps it not, as each entry that took it says how many of its own are kept. */
export function isKeptByNumberAlone(rules: readonly string[], { keepOfRule }: RetentionPolicy): boolean {
  return rules.length > 0 && rules.every((rule) => keepOfRule.has(rule));
}

/** Why the newest that count are kept, by their ids. */
function newestThatCount(newestFirst: readonly RetentionCandidate[]): Map<string, string> {
  const [newest] = newestFirst;
  const unrefuted = newestFirst.find(({ restorability }) => restorability !== 'refuted');
  const restorable = newestFirst.find(({ restorability }) => restorability === 'restorable');
  const kept = new Map<string, string>();
  if (newest === undefined) return kept;
  if (unrefuted === undefined) return kept.set(newest.id, 'the newest completed snapshot, although all are refuted');
  kept.set(unrefuted.id, unrefuted === newest ? NEWEST : 'the newest completed snapshot that is not refuted');
  if (restorable !== undefined && restorable !== unrefuted) {
    kept.set(restorable.id, 'the newest completed snapshot that can be restored, as far as is known');
  }
  return kept;
}

const NEWEST = 'the newest completed snapshot';

/** The newest of what `decideRetention` may call due, by age alone. */
export function dueUntil({ retentionDays }: Pick<RetentionPolicy, 'retentionDays'>, now: Date): Date {
  return new Date(now.getTime() - retentionDays * DAY_MS);
}

/** Why it is kept for its own sake; `newest`: why as the newest, if it is. */
function ownReasons(
  snapshot: RetentionCandidate,
  newest: string | undefined,
  { policy, now, keepers }: RetentionMoment,
): string[] {
  const { retentionDays } = policy;
  const reasons: string[] = [];
  if (pinHolds(snapshot, now)) reasons.push(pinReason(snapshot));
  const { lockedUntil } = snapshot;
  if (lockedUntil !== null && now < lockedUntil) reasons.push(`locked until ${lockedUntil.toISOString()}`);
  if (newest !== undefined) reasons.push(newest);
  if (snapshot.usedByRollback !== null) reasons.push(`used by the rollback ${snapshot.usedByRollback}`);
  if (snapshot.beingVerified) reasons.push('being verified');
  if (snapshot.unfinishedDifferentials > 0) {
    reasons.push(`the base of ${differentials(snapshot.unfinishedDifferentials)} being taken`);
  }
  reasons.push(...(keepers.get(snapshot.id) ?? []));
  const until = new Date(snapshot.createdAt.getTime() + retentionDays * DAY_MS);
  if (now < until && !isKeptByNumberAlone(snapshot.rules, policy))
    reasons.push(`younger than ${days(retentionDays)} (until ${until.toISOString()})`);
  if (policy.isEmpty) reasons.push('the settings would keep nothing, so that everything is kept');
  return reasons;
}

function pinHolds({ pinned, pinHeldUntil }: RetentionCandidate, now: Date): boolean {
  return pinned && (pinHeldUntil === null || now < pinHeldUntil);
}

function pinReason({ label, pinHeldUntil }: RetentionCandidate): string {
  const until = pinHeldUntil === null ? '' : ` until ${pinHeldUntil.toISOString()}`;
  return label === null ? `pinned${until}` : `pinned${until}: '${label}'`;
}

/** Snapshots of one millisecond are told apart by their ids, as in the lists of the API. */
function byNewest(one: RetentionCandidate, other: RetentionCandidate): number {
  const younger = other.createdAt.getTime() - one.createdAt.getTime();
  if (younger !== 0) return younger;
  return one.id < other.id ? 1 : -1;
}

function days(count: number): string {
  return `${count} day${count === 1 ? '' : 's'}`;
}

function differentials(count: number): string {
  return `${count} differential${count === 1 ? '' : 's'}`;
}
