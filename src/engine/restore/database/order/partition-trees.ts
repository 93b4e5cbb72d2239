import type { ScriptEntry } from '../script/script-entry.js';

/**
 * Tells for the id of a table's entry the id that stands for its whole partition tree: a statement on one
 * of its tables may lock them all. A table that is in none stands for itself.
 */
export function partitionTrees(entries: readonly ScriptEntry[]): (table: number) => number {
  const parents = new Map<number, number>();
  const rootOf = (table: number): number => {
    const parent = parents.get(table);
    return parent === undefined ? table : rootOf(parent);
  };
  for (const entry of entries) {
    if (entry.type !== 'TABLE ATTACH') continue;
    const [first, ...others] = entry.dependsOn;
    for (const other of others) {
      const [a, b] = [rootOf(first!), rootOf(other)];
      if (a !== b) parents.set(a, b);
    }
  }
  return rootOf;
}
