import type { ArchiveEntry } from './archive-entries.js';
import type { SurveyedTable } from './database-survey.js';
import { matchTables, type TableMatch } from './match-tables.js';

/** Which entries of the archive are restored when, by id. Together they are all of its entries, each once. */
export interface DefinitionPlan {
  /** Before any row is loaded. */
  preData: number[];
  /** Large objects: at any time after that. */
  largeObjects: number[];
  /** Indexes and constraints of what has no rows: right away, because those of partitions build on them. */
  ofEmptyTables: number[];
  /** By `TableEntry.table`: as soon as this table's rows are in. */
  ofTables: Map<number, TableDefinitions>;
  /** When all rows and the indexes above are there. */
  rest: number[];
  /** When the rest is there, side by side. */
  foreignKeys: ForeignKey[];
  /** After everything before, privileges included: until here its owner may do everything with a table. */
  last: number[];
  /** When nothing else is left to do: they would fire. */
  eventTriggers: number[];
}

export interface TableDefinitions {
  /** Need the table for themselves. */
  constraints: number[];
  /** Can be built side by side. */
  indexes: number[];
}

export interface ForeignKey {
  id: number;
  /** Ids of the tables' entries it has to do with. */
  tables: number[];
}

/**
 * Decides what can be restored early from the dependencies the archive itself names: an index or a constraint
 * whose every dependency is there before the rows are. Everything that is not certain to be safe early keeps the
 * order of the archive, which always works.
 */
export function planDefinitions(entries: readonly ArchiveEntry[], tables: Iterable<SurveyedTable>): DefinitionPlan {
  const plan: DefinitionPlan = {
    preData: [],
    largeObjects: [],
    ofEmptyTables: [],
    ofTables: new Map(),
    rest: [],
    foreignKeys: [],
    last: [],
    eventTriggers: [],
  };
  const matches = matchTables(entries, tables);
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  /** Post-data entries that are not there when the first rows are. */
  const late = new Set(entries.filter(({ section }) => section === 'post-data').map(({ id }) => id));
  const afterForeignKeys = new Set<number>();

  for (const entry of entries) {
    const { id, section } = entry;
    if (entry.kind === 'privileges') plan.last.push(id);
    else if (section === 'pre-data') plan.preData.push(id);
    else if (section === 'data') plan.largeObjects.push(id);
    else if (isOrNeedsEventTrigger(entry, byId)) plan.eventTriggers.push(id);
    else if (placeEarly(entry, plan, matches, late)) continue;
    else if (entry.kind === 'foreign-key' && !entry.dependsOn.some((other) => afterForeignKeys.has(other))) {
      plan.foreignKeys.push({ id, tables: tablesOf(entry, byId) });
    } else if (plan.foreignKeys.length === 0) plan.rest.push(id);
    else {
      plan.last.push(id);
      afterForeignKeys.add(id);
    }
  }
  return plan;
}

function placeEarly(
  entry: ArchiveEntry,
  plan: DefinitionPlan,
  matches: Map<number, TableMatch>,
  late: Set<number>,
): boolean {
  if (entry.kind !== 'index' && entry.kind !== 'constraint' && entry.kind !== 'statistics') return false;
  if (entry.dependsOn.some((id) => late.has(id))) return false;
  const owners = new Set(entry.dependsOn.map((id) => matches.get(id)).filter((match) => match !== undefined));
  const [owner] = owners;
  if (!owner || owners.size > 1 || owner.rows === 'unknown') return false;
  if (owner.rows === 'none') {
    plan.ofEmptyTables.push(entry.id);
    late.delete(entry.id);
    return true;
  }
  const { table } = owner.table;
  const definitions = plan.ofTables.get(table) ?? { constraints: [], indexes: [] };
  plan.ofTables.set(table, definitions);
  definitions[entry.kind === 'index' ? 'indexes' : 'constraints'].push(entry.id);
  return true;
}

function isOrNeedsEventTrigger(entry: ArchiveEntry, byId: Map<number, ArchiveEntry>): boolean {
  return entry.kind === 'event-trigger' || entry.dependsOn.some((id) => byId.get(id)?.kind === 'event-trigger');
}

/** A foreign key depends on the table it is of and on the other one, or on the unique index or constraint there. */
function tablesOf(entry: ArchiveEntry, byId: Map<number, ArchiveEntry>): number[] {
  const tables = new Set<number>();
  const seen = new Set<number>();
  const visit = (id: number) => {
    const other = byId.get(id);
    if (!other || seen.has(id)) return;
    seen.add(id);
    if (other.kind === 'table') tables.add(id);
    // Below a table there is nothing a foreign key locks, except partitions, which are told by their entries.
    else if (other.section === 'post-data') other.dependsOn.forEach(visit);
  };
  entry.dependsOn.forEach(visit);
  return [...tables];
}
