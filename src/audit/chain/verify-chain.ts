import { BEGINNING, FORM, hashOf } from './audit-entry.js';
import type { AuditEntry, ChainEnd } from './audit-entry.js';

/** What is written down of a chain beside its entries. */
export interface ChainHead extends ChainEnd {
  /** The last entry that has had its time: the kept ones begin behind it. */
  anchor: ChainEnd;
}

/** What somebody has written down elsewhere. */
export type Expectation = ChainEnd;

export interface Proven {
  ok: true;
  entries: number;
  /** Of the kept part; null when nothing is kept. */
  from: { sequence: number; at: string } | null;
  to: { sequence: number; at: string } | null;
  head: ChainEnd;
}

/** The first place at which a chain is not what it must be. */
export interface Refuted {
  ok: false;
  sequence: number;
  why: string;
}

/**
 * Goes through a chain: each entry is what was hashed, and follows the one before it, from the anchor to the head. Holds one entry at a
 * time. `entries` come in the order of their numbers, twice the ones that are there twice. Undefined for `head`: none is written down.
 */
export async function verifyChain(
  head: ChainHead | undefined,
  entries: AsyncIterable<AuditEntry>,
  expected?: Expectation,
): Promise<Proven | Refuted> {
  let last = head?.anchor ?? BEGINNING;
  const expectedAt = new ExpectedPlace(expected);
  const early = expectedAt.refuteAnchor(last);
  if (early !== undefined) return early;
  let count = 0;
  let from: Proven['from'] = null;
  let to: Proven['to'] = null;
  for await (const entry of entries) {
    const fault = faultOf(entry, last, head) ?? expectedAt.refute(entry);
    if (fault !== undefined) return fault;
    const { sequence, hash, at } = entry;
    last = { sequence, hash };
    to = { sequence, at };
    from ??= to;
    count += 1;
  }
  const fault = faultOfEnd(last, head) ?? expectedAt.refuteMissing(last);
  return fault ?? { ok: true, entries: count, from, to, head: last };
}

function faultOf(entry: AuditEntry, last: ChainEnd, head: ChainHead | undefined): Refuted | undefined {
  const { sequence } = entry;
  const next = last.sequence + 1;
  if (sequence < next) {
    if (sequence <= (head?.anchor.sequence ?? 0))
      return at(sequence, 'It is still there, although it is said to have had its time.');
    return at(sequence, 'It is there twice.');
  }
  if (sequence > next) {
    if (sequence - 1 === next) return at(next, `Entry ${next} is missing: it was removed.`);
    return at(next, `Entries ${next} to ${sequence - 1} are missing: they were removed.`);
  }
  if (entry.version !== FORM)
    return at(sequence, `It has the form ${entry.version}, which this program does not know.`);
  if (hashOf(entry) !== entry.hash) return at(sequence, 'It was changed: its hash is another one.');
  if (entry.previousHash !== last.hash)
    return at(sequence, `It does not follow entry ${last.sequence}: one of both was changed.`);
  return undefined;
}

function faultOfEnd(last: ChainEnd, head: ChainHead | undefined): Refuted | undefined {
  if (head === undefined) {
    return last.sequence === 0
      ? undefined
      : at(last.sequence, 'Its head is missing: nobody can say that it is the last.');
  }
  if (last.sequence < head.sequence)
    return at(last.sequence + 1, `The end is cut off: the head says that entry ${head.sequence} is the last.`);
  if (last.sequence > head.sequence)
    return at(head.sequence + 1, `The head is wrong: it says that entry ${head.sequence} is the last.`);
  return last.hash === head.hash ? undefined : at(last.sequence, 'The head is wrong: it has another hash.');
}

/** Where the chain must have a certain hash. */
class ExpectedPlace {
  private seen = false;

  constructor(private readonly expected: Expectation | undefined) {}

  refuteAnchor(anchor: ChainEnd): Refuted | undefined {
    if (this.expected === undefined || this.expected.sequence > anchor.sequence) return undefined;
    if (this.expected.sequence === anchor.sequence) return this.compare(anchor);
    const why = `It has had its time, and cannot be shown any more: the kept entries begin with ${anchor.sequence + 1}.`;
    return at(this.expected.sequence, why);
  }

  refute(entry: ChainEnd): Refuted | undefined {
    return entry.sequence === this.expected?.sequence ? this.compare(entry) : undefined;
  }

  refuteMissing(last: ChainEnd): Refuted | undefined {
    if (this.expected === undefined || this.seen) return undefined;
    return at(this.expected.sequence, `The end is cut off, and the head set back: entry ${last.sequence} is the last.`);
  }

  private compare({ sequence, hash }: ChainEnd): Refuted | undefined {
    this.seen = true;
    if (hash === this.expected?.hash) return undefined;
    return at(sequence, `It has the hash ${hash}, and not the one that was expected: the chain was written anew.`);
  }
}

function at(sequence: number, why: string): Refuted {
  return { ok: false, sequence, why };
}
