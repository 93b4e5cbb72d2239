import type { Backend } from '../../../src/vault/backend/backend.js';
import type { BackendErrorCode } from '../../../src/vault/backend/backend-error.js';

export type BackendOperation = keyof Backend;

/**
 * What goes wrong in one call:
 * - `fail`: it rejects and does nothing
 * - `time-out`: the same with 'unavailable', after a while
 * - `lose-answer`: it is done, and rejects with 'unavailable'
 * - `break-off`: a stream or a listing ends with an error after so many items; a put's source is read so far, and nothing is stored
 * - `slow`: it is done, later
 * - `hold`: it is done when the promise has settled
 *
 * and, by a backend that breaks its promises:
 * - `forget`: a put, replace or delete resolves and does nothing
 * - `short`: a read or a stream ends so many bytes early, and says nothing
 * - `lie`: a stat says that there is nothing where something is, and the other way round; a put, that the key is taken
 * - `flip`: one bit of what is read, or of what is stored, is the other one; counted from the first bit, modulo the length
 */
export type Fault =
  | { kind: 'fail'; code: BackendErrorCode }
  | { kind: 'time-out'; afterMs: number }
  | { kind: 'lose-answer' }
  | { kind: 'break-off'; after: number; code: BackendErrorCode }
  | { kind: 'slow'; ms: number }
  | { kind: 'hold'; until: Promise<unknown> }
  | { kind: 'forget' }
  | { kind: 'lie' }
  | { kind: 'short'; bytes: number }
  | { kind: 'flip'; bit: number };

/** When it goes wrong. What is left out matches everything. */
export interface FaultRule {
  fault: Fault;
  operation?: BackendOperation | readonly BackendOperation[];
  /** The beginning of the key (the prefix, for a listing; any of the keys, for a deletion). */
  key?: string;
  /** The first of the matching calls it happens to, from 1 on; default 1. */
  nth?: number;
  /** How many matching calls in a row it happens to; default 1, `Infinity` for all. */
  times?: number;
  /** From `nth` on, every so many matching calls; default 1. */
  every?: number;
}

/** Which calls go wrong, and how: the same calls in the same order always meet the same faults. */
export class FaultScript {
  private readonly rules: { rule: FaultRule; calls: number; met: number }[] = [];
  private readonly counts = new Map<BackendOperation, number>();

  constructor(...rules: FaultRule[]) {
    this.add(...rules);
  }

  /** Adds rules, which count calls from now on. The first rule that matches a call decides. */
  add(...rules: FaultRule[]): this {
    this.rules.push(...rules.map((rule) => ({ rule, calls: 0, met: 0 })));
    return this;
  }

  /** No more faults. */
  clear(): void {
    this.rules.length = 0;
  }

  /** How often an operation was called, whether it failed or not. */
  calls(operation: BackendOperation): number {
    return this.counts.get(operation) ?? 0;
  }

  /** How many faults have happened. */
  get met(): number {
    return this.rules.reduce((sum, { met }) => sum + met, 0);
  }

  /** Counts a call; returns what goes wrong in it. */
  next(operation: BackendOperation, keys: readonly string[]): Fault | undefined {
    this.counts.set(operation, this.calls(operation) + 1);
    let fault: Fault | undefined;
    for (const state of this.rules) {
      if (!concerns(state.rule, operation, keys)) continue;
      state.calls += 1;
      // Every rule counts, also when an earlier one has decided: so rules do not shift each other.
      if (fault !== undefined || !isDue(state.rule, state.calls)) continue;
      state.met += 1;
      fault = state.rule.fault;
    }
    return fault;
  }
}

function concerns(rule: FaultRule, operation: BackendOperation, keys: readonly string[]): boolean {
  const operations = rule.operation === undefined ? [operation] : [rule.operation].flat();
  const { key } = rule;
  return operations.includes(operation) && (key === undefined || keys.some((each) => each.startsWith(key)));
}

function isDue({ nth = 1, times = 1, every = 1 }: FaultRule, call: number): boolean {
  const since = call - nth;
  return since >= 0 && since % every === 0 && since / every < times;
}
