import { parse } from 'yaml';
import type { BreakingChange } from './breaking-change.js';

/** A change that breaks clients and was made all the same. */
export interface Accepted {
  id: string;
  path: string;
  reason: string;
}

export interface Judgement {
  /** What nobody has accepted. */
  refused: BreakingChange[];
  accepted: (BreakingChange & { reason: string })[];
  /** Entries of the list that no change needs: somebody might take cover behind them one day. */
  idle: Accepted[];
}

/** The list of `docs/contract/accepted.yaml`. Throws, with the number of the entry, when one has not what it needs. */
export function readAccepted(text: string): Accepted[] {
  const list: unknown = parse(text) ?? [];
  if (!Array.isArray(list)) throw new Error('What is accepted has to be a list.');
  return list.map((entry: unknown, at) => {
    const { id, path, reason } = (entry ?? {}) as Record<string, unknown>;
    if ([id, path, reason].every((value) => typeof value === 'string' && value.trim() !== '')) {
      return { id, path, reason } as Accepted;
    }
    throw new Error(`Entry ${at + 1} of what is accepted needs an id, a path and a reason.`);
  });
}

/** Which changes the list covers: it names each by its rule and its operation. Pure. */
export function judge(changes: readonly BreakingChange[], list: readonly Accepted[]): Judgement {
  const covers = ({ id, path }: Accepted, change: BreakingChange) => id === change.id && path === change.place;
  return {
    refused: changes.filter((change) => !list.some((entry) => covers(entry, change))),
    accepted: changes.flatMap((change) => {
      const entry = list.find((one) => covers(one, change));
      return entry === undefined ? [] : [{ ...change, reason: entry.reason }];
    }),
    idle: list.filter((entry) => !changes.some((change) => covers(entry, change))),
  };
}
