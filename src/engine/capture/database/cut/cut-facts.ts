import type { Cut } from '../../../postgres/cut/cut.js';
import { readOwnSearchPath } from '../../../postgres/sql/search-path.js';
import type { SequenceEntry } from '../../../../vault/manifests/manifest-database.js';
import { type ContentsSource, readContentsSources } from '../tables/contents-inventory.js';
import type { CapturedTable } from '../tables/inventory.js';
import type { LeftOutTables } from '../tables/left-out-tables.js';
import { readMaterializedViews } from '../tables/materialized-views.js';
import { readShapes } from '../shapes/read-shapes.js';
import { findReadingWays, type ReadingWay } from '../tables/reading-ways.js';
import type { TableSize } from '../segments/segment-plan.js';
import { readSequences } from '../tables/sequences.js';
import type { TableShape } from '../shapes/table-shapes.js';
import { readSizes } from '../tables/table-sizes.js';
import type { ViewOrder } from '../tables/view-order.js';

/** What is known of a cut once its tables are locked, before the first row is read. Maps are by oid. */
export interface CutFacts {
  sizes: Map<number, TableSize>;
  shapes: Map<number, TableShape>;
  /** Of those tables that cannot be read as others are. */
  ways: Map<number, ReadingWay>;
  /** The schemas in which the role itself finds names, `pg_catalog` first. */
  searchPath: string[];
  sequences: SequenceEntry[];
  views: ViewOrder;
  /** What comes back from elsewhere. */
  contents: ContentsSource[];
}

/** Reads all of it on the cut's own connection, but sequences that are `unreadable`, by oid, and contents of what is left out. Rejects as the server does. */
export async function readCutFacts(
  cut: Cut,
  tables: readonly CapturedTable[],
  { unreadable, leftOut }: { unreadable: ReadonlySet<number>; leftOut: LeftOutTables },
): Promise<CutFacts> {
  const { client, moment } = cut;
  const oids = tables.map(({ oid }) => oid);
  // What a view has of rows that are left out comes back from nowhere.
  const unknown = new Set(leftOut.views.map(({ oid }) => oid));
  const contents = (await readContentsSources(client)).filter(({ oid }) => !unknown.has(oid));
  const searchPath = await readOwnSearchPath(client);
  const server = { ...moment, major: cut.major };
  const shapes = await readShapes(client, [...oids, ...contents.map(({ oid }) => oid)], server);
  const openTypes = new Set(oids.filter((oid) => shapes.get(oid)?.hasOpenTypes));
  return {
    sizes: await readSizes(client, oids, moment.blockBytes),
    shapes,
    ways: await findReadingWays(client, tables, searchPath, openTypes),
    searchPath,
    sequences: await readSequences(client, { unreadable, ofLeftOut: leftOut.sequences }),
    views: await readMaterializedViews(client),
    contents: contents.map((source) => ({
      ...source,
      ...(shapes.get(source.oid)?.hasOpenTypes && { hasOpenTypes: true }),
    })),
  };
}
