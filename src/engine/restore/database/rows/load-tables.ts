import type { SegmentEntry } from '../../../../vault/manifests/manifest-database.js';
import type { ContentRef } from '../../../../vault/manifests/content-ref.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { sendScript } from '../../../postgres/sql/send-script.js';
import type { DatabaseSurvey, SurveyedTable } from '../order/database-survey.js';
import { BATCH_BYTES, DefinitionQueue, type DefinitionWork } from '../definitions/definition-queue.js';
import { runWork, workOff } from '../definitions/definition-work.js';
import { type BuildSession, type BuildSessions, oneOf, onSessions } from '../build-sessions.js';
import type { LoadOrder } from '../order/load-order.js';
import { LoadQueue, type LoadStep } from './load-queue.js';
import type { DefinitionPlan } from '../order/plan-definitions.js';
import { newMultisetKey, MultisetHash } from '../../../multiset-hash.js';
import type { DefinitionRunner } from '../definitions/run-definitions.js';
import type { DefinitionsScript } from '../script/definitions-script.js';
import type { SecondTry } from '../definitions/second-try.js';
import { loadSegment } from './table-load.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

export interface TablesLoad {
  sessions: BuildSessions;
  address: DatabaseAddress;
  survey: DatabaseSurvey;
  /** Reads the manifest once more. */
  segments: () => AsyncIterable<SegmentEntry>;
  read: (content: ContentRef) => AsyncIterable<Buffer>;
  script: DefinitionsScript;
  runner: DefinitionRunner;
  secondTry: SecondTry;
  plan: DefinitionPlan;
  order: LoadOrder;
  /** Tables whose rows are to be hashed on their way. */
  hashed: ReadonlySet<number>;
  /** Called when nothing that is under way may call somebody's function yet, and all rows are in but those whose tables do. */
  beforeFunctions: () => Promise<void>;
  onBytes: (bytes: number) => void;
}

/**
 * Loads large objects and the rows of all tables, over several connections, and the indexes and constraints of each table as
 * soon as its rows are in. Tables of extensions come before all others, which the functions that read in a type of theirs may ask; tables
 * whose rows call somebody's function come after all others, one at a time. Resolves to
 * the hashes of the rows it was given, by `TableEntry.table`. Rejects as `loadSegment` and `DefinitionRunner.run` do, or with
 * `signal.reason`; nothing of it is under way then.
 */
export async function loadTables(load: TablesLoad): Promise<Map<number, MultisetHash>> {
  const key = newMultisetKey();
  const hashes = new Map([...load.hashed].map((table) => [table, new MultisetHash(key)]));
  const which = (isExtensions: boolean, isLast: boolean) => {
    const { order, survey } = load;
    const fits = (key: string) => order.ofExtensions.has(key) === isExtensions && order.last.has(key) === isLast;
    return new Set([...survey.tables.values()].filter((each) => fits(qualifiedName(each))).map(({ table }) => table));
  };
  for (const isExtensions of [true, false]) {
    const [first, last] = [which(isExtensions, false), which(isExtensions, true)];
    if (first.size > 0 || !isExtensions) await loadSome(load, first, hashes, { largeObjects: !isExtensions });
    if (!isExtensions) await load.beforeFunctions();
    if (last.size > 0) await loadLast(load, last, hashes);
  }
  return hashes;
}

/** Side by side. */
async function loadSome(
  load: TablesLoad,
  which: ReadonlySet<number>,
  hashes: Map<number, MultisetHash>,
  { largeObjects }: { largeObjects: boolean },
): Promise<void> {
  const tables = new Map([...load.survey.tables].filter(([table]) => which.has(table)));
  const queue = new LoadQueue(
    only(load.segments(), (table) => which.has(table)),
    tables,
    (table) => definitionsOf(table, load.plan),
  );
  let largeObjectsTaken = !largeObjects;
  try {
    await onSessions(load.sessions, async (session, signal) => {
      if (!largeObjectsTaken) {
        largeObjectsTaken = true;
        await loadLargeObjects(load, session, signal);
      }
      for (let step; (step = await queue.next(signal)); queue.done(step))
        await doStep(step, load, hashes, session, signal);
    });
  } finally {
    await queue.close();
  }
}

async function doStep(
  step: LoadStep,
  load: TablesLoad,
  hashes: Map<number, MultisetHash>,
  session: BuildSession,
  signal: AbortSignal,
): Promise<void> {
  if (step.step === 'segment') return loadOne(step.segment, load, hashes, session);
  await runWork(step.batch, load.runner, session, signal);
}

/** In the order of the archive, one segment after the other; what is read may depend on it. */
async function loadLast(load: TablesLoad, last: ReadonlySet<number>, hashes: Map<number, MultisetHash>): Promise<void> {
  const segments: SegmentEntry[] = [];
  for await (const segment of only(load.segments(), (table) => last.has(table))) segments.push(segment);
  const placeOf = ({ table }: SegmentEntry) => load.order.last.get(qualifiedName(load.survey.tables.get(table)!))!;
  segments.sort((one, other) => placeOf(one) - placeOf(other) || one.fromBlock - other.fromBlock);
  await onSessions(oneOf(load.sessions), async (session, signal) => {
    for (const segment of segments) {
      signal.throwIfAborted();
      await loadOne(segment, load, hashes, session);
    }
  });
  // Not meanwhile: one of them may lock what a function reads.
  const queue = new DefinitionQueue();
  for (const table of last) queue.add(...definitionsOf(load.survey.tables.get(table)!, load.plan));
  await workOff(queue, load.sessions, load.runner);
}

async function loadOne(
  segment: SegmentEntry,
  load: TablesLoad,
  hashes: Map<number, MultisetHash>,
  session: BuildSession,
): Promise<void> {
  const table = load.survey.tables.get(segment.table)!;
  const root = load.order.throughRoot.get(qualifiedName(table));
  const total = hashes.get(table.table);
  const client = await session.for('writing');
  await load.secondTry.run(client, `table ${table.schema}.${table.name}`, async () => {
    // One of its own: segments of a table arrive side by side, and one may be loaded twice.
    const hash = total?.another();
    await loadSegment(client, load.address, {
      table,
      into: root ? { ...table, ...root } : table,
      segment,
      content: load.read(segment.content),
      encoding: load.survey.database.properties.encoding,
      ...(hash ? { hash } : {}),
      onBytes: load.onBytes,
    });
    if (total && hash) total.add(hash);
  });
}

/** In the database's encoding they are digits and letters only. */
async function loadLargeObjects({ script }: TablesLoad, session: BuildSession, signal: AbortSignal): Promise<void> {
  const client = await session.for('writing');
  for await (const statements of script.largeObjects(signal)) {
    signal.throwIfAborted();
    await sendScript(client, [statements]);
  }
}

function definitionsOf({ table, bytes }: SurveyedTable, plan: DefinitionPlan): DefinitionWork[] {
  const definitions = plan.ofTables.get(table);
  if (!definitions) return [];
  const { constraints, indexes } = definitions;
  const common = { tables: [table], bytes };
  if (bytes < BATCH_BYTES) return [{ ...common, entries: [...constraints, ...indexes], alone: true }];
  return [
    ...(constraints.length > 0 ? [{ ...common, entries: constraints, alone: true }] : []),
    ...indexes.map((entry) => ({ ...common, entries: [entry], alone: false })),
  ];
}

async function* only(
  segments: AsyncIterable<SegmentEntry>,
  isWanted: (table: number) => boolean,
): AsyncIterable<SegmentEntry> {
  for await (const segment of segments) if (isWanted(segment.table)) yield segment;
}
