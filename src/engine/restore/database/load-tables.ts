import type { SegmentEntry } from '../../../vault/manifest-database.js';
import type { ContentRef } from '../../../vault/manifest.js';
import type { DatabaseSurvey, SurveyedTable } from './database-survey.js';
import { BATCH_BYTES, type DefinitionWork } from './definition-queue.js';
import type { DefinitionsArchive } from './definitions-archive.js';
import { type LaneOptions, onLanes } from './lanes.js';
import { LoadQueue, type LoadStep } from './load-queue.js';
import type { DefinitionPlan } from './plan-definitions.js';
import { newRowHashKey, RowSetHash } from './row-set-hash.js';
import { loadSegment } from './table-load.js';

export interface TablesLoad extends LaneOptions {
  survey: DatabaseSurvey;
  /** Reads the manifest once more. */
  segments: AsyncIterable<SegmentEntry>;
  read: (content: ContentRef) => AsyncIterable<Buffer>;
  archive: DefinitionsArchive;
  plan: DefinitionPlan;
  /** True when indexes of one table may be built side by side. */
  indexesSideBySide: boolean;
  /** For each index or constraint being built. */
  memoryBytes: number;
  /** Tables whose rows are to be hashed on their way. */
  hashed: ReadonlySet<number>;
  onBytes: (bytes: number) => void;
}

/**
 * Loads the rows of all tables, and the indexes and constraints of each as soon as its rows are in, over several
 * connections. Resolves to the hashes of the rows it was given, by `TableEntry.table`. Rejects as `loadSegment` and
 * `DefinitionsArchive.restore` do, or with `signal.reason`; nothing of it is under way then.
 */
export async function loadTables(load: TablesLoad): Promise<Map<number, RowSetHash>> {
  const { survey, plan } = load;
  const key = newRowHashKey();
  const hashes = new Map([...load.hashed].map((table) => [table, new RowSetHash(key)]));
  const queue = new LoadQueue(load.segments, survey.tables, (table) => definitionsOf(table, load));
  if (plan.largeObjects.length > 0) queue.add({ ids: plan.largeObjects, tables: [], alone: false, bytes: BATCH_BYTES });
  try {
    await onLanes(load, async (lane, signal) => {
      for (let step; (step = await queue.next(signal)); queue.done(step)) {
        if (step.step === 'definitions') await restoreBatch(step.batch, load, signal);
        else await loadStep(step, load, hashes, await lane.client());
      }
    });
  } finally {
    await queue.close();
  }
  return hashes;
}

async function restoreBatch(batch: DefinitionWork[], load: TablesLoad, signal: AbortSignal): Promise<void> {
  await load.archive.restore(
    batch.flatMap(({ ids }) => ids),
    load.memoryBytes,
    signal,
  );
}

async function loadStep(
  step: Extract<LoadStep, { step: 'segment' }>,
  load: TablesLoad,
  hashes: Map<number, RowSetHash>,
  client: Parameters<typeof loadSegment>[0],
): Promise<void> {
  const { table, segment } = step;
  const total = hashes.get(table.table);
  // One of its own: segments of a table arrive side by side.
  const hash = total?.another();
  await loadSegment(client, load.address, {
    table,
    segment,
    content: load.read(segment.content),
    encoding: load.survey.database.properties.encoding,
    ...(hash ? { hash } : {}),
    onBytes: load.onBytes,
  });
  if (total && hash) total.add(hash);
}

function definitionsOf({ table, bytes }: SurveyedTable, load: TablesLoad): DefinitionWork[] {
  const definitions = load.plan.ofTables.get(table);
  if (!definitions) return [];
  const { constraints, indexes } = definitions;
  const common = { tables: [table], bytes };
  if (bytes < BATCH_BYTES || !load.indexesSideBySide)
    return [{ ...common, ids: [...constraints, ...indexes], alone: true }];
  return [
    ...(constraints.length > 0 ? [{ ...common, ids: constraints, alone: true }] : []),
    ...indexes.map((id) => ({ ...common, ids: [id], alone: false })),
  ];
}
