import type { ChangeCounts, SnapshotComparison } from '../../../sdk/typescript/index.js';
import { count } from '../../ui/amounts.js';

export const PARTS = ['definitions', 'tables', 'files'] as const;
export type Part = (typeof PARTS)[number];
type Counted = Pick<SnapshotComparison, Part>;
export type Change = 'added' | 'removed' | 'changed';

const WORDS: Record<Part, readonly [one: string, several: string]> = {
  definitions: ['definition', 'definitions'],
  tables: ['table', 'tables'],
  files: ['file', 'files'],
};

/** How many are not the same in both; none where they cannot be compared. */
export function differing(counts: ChangeCounts | null): number {
  return counts === null ? 0 : counts.addedCount + counts.removedCount + counts.changedCount;
}

export function isTheSame(counted: Counted): boolean {
  return PARTS.every((part) => differing(counted[part]) === 0);
}

/** The part that is asked for; for who asks for none, the first in which something has changed. */
export function partOf(asked: string | undefined, counted: Counted): Part {
  return (
    PARTS.find((part) => part === asked) ??
    PARTS.find((part) => differing(counted[part]) > 0) ??
    ('definitions' as const)
  );
}

/** `1 definition, 2 tables and 12 files`; undefined where there are none. */
export function amountsOf(counted: Counted, change: Change): string | undefined {
  const amounts = PARTS.flatMap((part) => {
    const amount = counted[part]?.[`${change}Count`] ?? 0;
    return amount === 0 ? [] : [`${count(amount)} ${WORDS[part][amount === 1 ? 0 : 1]}`];
  });
  return amounts.length === 0 ? undefined : new Intl.ListFormat('en-GB').format(amounts);
}
