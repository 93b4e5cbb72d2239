import type { ArchiveEntry } from './archive-entries.js';
import type { SurveyedTable } from './database-survey.js';
import { BATCH_BYTES, DefinitionQueue } from './definition-queue.js';
import type { DefinitionsArchive } from './definitions-archive.js';
import { type LaneOptions, onLanes } from './lanes.js';
import { matchTables } from './match-tables.js';
import { partitionTrees } from './partition-trees.js';
import type { ForeignKey } from './plan-definitions.js';

export interface ForeignKeyLoad extends LaneOptions {
  archive: DefinitionsArchive;
  entries: readonly ArchiveEntry[];
  tables: Iterable<SurveyedTable>;
  foreignKeys: readonly ForeignKey[];
  /** For each check. */
  memoryBytes: number;
}

/**
 * Adds and checks foreign keys, over several connections. Each locks two tables, so those that share one, or a
 * partition tree, are never under way at the same time: they could wait for each other in a circle. Rejects as
 * `DefinitionsArchive.restore` does.
 */
export async function addForeignKeys(load: ForeignKeyLoad): Promise<void> {
  const treeOf = partitionTrees(load.entries);
  const matches = matchTables(load.entries, load.tables);
  // Of a table that is not known nobody knows how much it is.
  const bytesOf = (id: number) => {
    const match = matches.get(id);
    return match?.rows === 'some' ? match.table.bytes : match?.rows === 'none' ? 0 : BATCH_BYTES;
  };
  const queue = new DefinitionQueue();
  for (const { id, tables } of load.foreignKeys) {
    const bytes = tables.reduce((sum, table) => sum + bytesOf(table), 0);
    queue.add({ ids: [id], tables: [...new Set(tables.map(treeOf))], alone: true, bytes });
  }
  let done = Promise.withResolvers<void>();
  await onLanes(load, async (_lane, signal) => {
    while (!queue.isEmpty) {
      const batch = queue.take({ moreToCome: false });
      if (!batch) {
        await done.promise;
        continue;
      }
      try {
        await load.archive.restore(
          batch.flatMap(({ ids }) => ids),
          load.memoryBytes,
          signal,
        );
      } finally {
        queue.release(batch);
        // Also after a failure: the others have to notice that they were stopped.
        done.resolve();
        done = Promise.withResolvers();
      }
    }
  });
}
