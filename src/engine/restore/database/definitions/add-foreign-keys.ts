import type { SurveyedTable } from '../order/database-survey.js';
import { BATCH_BYTES, DefinitionQueue } from './definition-queue.js';
import { workOff } from './definition-work.js';
import type { BuildSessions } from '../build-sessions.js';
import type { ForeignKey } from '../order/plan-definitions.js';
import type { DefinitionRunner } from './run-definitions.js';
import { relationOf, type ScriptEntry } from '../script/script-entry.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

export interface ForeignKeyLoad {
  sessions: BuildSessions;
  runner: DefinitionRunner;
  /** All of the script. */
  entries: readonly ScriptEntry[];
  tables: Iterable<SurveyedTable>;
  foreignKeys: readonly ForeignKey[];
}

/**
 * Adds and checks foreign keys, over several connections. Each locks two tables, so those that share one, or a
 * partition tree, are never under way at the same time: they could wait for each other in a circle. Rejects as
 * `DefinitionRunner.run` does.
 */
export async function addForeignKeys(load: ForeignKeyLoad): Promise<void> {
  const treeOf = partitionTrees(load.entries);
  const byName = new Map([...load.tables].map((table) => [qualifiedName(table), table.bytes]));
  const bytesById = new Map<number, number>();
  for (const entry of load.entries) {
    if (entry.type !== 'TABLE') continue;
    const relation = relationOf(entry);
    // Of a table that is not known nobody knows how much it is.
    bytesById.set(entry.id, relation ? (byName.get(qualifiedName(relation)) ?? 0) : BATCH_BYTES);
  }
  const queue = new DefinitionQueue();
  for (const { entry, tables } of load.foreignKeys) {
    const bytes = tables.reduce((sum, table) => sum + (bytesById.get(table) ?? BATCH_BYTES), 0);
    queue.add({ entries: [entry], tables: [...new Set(tables.map(treeOf))], alone: true, bytes });
  }
  await workOff(queue, load.sessions, load.runner);
}

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
