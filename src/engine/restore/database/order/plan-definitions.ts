import type { SurveyedTable } from './database-survey.js';
import type { LoadOrder } from './load-order.js';
import { relationOf, type ScriptEntry } from '../script/script-entry.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

/** Which entries that come after the rows are restored when. Together they are all of them, but for those that are left out. */
export interface DefinitionPlan {
  /** Indexes and constraints of what has no rows: right away, because those of partitions build on them. */
  ofEmptyTables: ScriptEntry[];
  /** By `TableEntry.table`: as soon as this table's rows are in. */
  ofTables: Map<number, TableDefinitions>;
  /** When the rows of all tables are in, side by side. */
  ofAllRows: DefinitionOfTable[];
  /** When all of that is there. */
  rest: ScriptEntry[];
  /** When the rest is there, side by side. */
  foreignKeys: ForeignKey[];
  /** After foreign keys. */
  afterForeignKeys: ScriptEntry[];
  /** When nothing else is left to do: they would fire. */
  eventTriggers: ScriptEntry[];
  /** They would begin to receive what another server sends, in the name of the live database. */
  subscriptions: ScriptEntry[];
}

export interface TableDefinitions {
  /** Need the table for themselves. */
  constraints: ScriptEntry[];
  /** Can be built side by side. */
  indexes: ScriptEntry[];
}

export interface DefinitionOfTable {
  entry: ScriptEntry;
  /** `TableEntry.table`. */
  table: number;
}

export interface ForeignKey {
  entry: ScriptEntry;
  /** Ids of the tables' entries it has to do with. */
  tables: number[];
}

/** What an index or constraint of ordinary columns stands on; on anything else there may be a function of somebody's. */
const PLAIN: ReadonlySet<string> = new Set([
  'TABLE',
  'MATERIALIZED VIEW',
  'SCHEMA',
  'INDEX',
  'CONSTRAINT',
  'TABLE ATTACH',
  'SEQUENCE',
]);
/** Restored from what the catalogues said, or by us. */
const LEFT_OUT: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL', 'MATERIALIZED VIEW DATA', 'SEQUENCE SET']);

/**
 * Decides what can be restored early from the dependencies the archive itself names: an index or a constraint whose every
 * dependency is there before the rows are, and that calls nothing but what came with the server. Whatever may call somebody's function
 * waits until all rows are in, since it may read any of them. Everything that is not certain to be safe early keeps the order of
 * the archive, which always works. `entries`: of the whole script, for their dependencies.
 */
export function planDefinitions(
  entries: readonly ScriptEntry[],
  tables: Iterable<SurveyedTable>,
  order: LoadOrder,
): DefinitionPlan {
  return new Planning(entries, tables, order).plan();
}

class Planning {
  private readonly result: DefinitionPlan = {
    ofEmptyTables: [],
    ofTables: new Map(),
    ofAllRows: [],
    rest: [],
    foreignKeys: [],
    afterForeignKeys: [],
    eventTriggers: [],
    subscriptions: [],
  };
  private readonly byId: ReadonlyMap<number, ScriptEntry>;
  private readonly byName: ReadonlyMap<string, SurveyedTable>;
  /** Entries that are not there when the first rows are. */
  private readonly late: Set<number>;
  private readonly afterForeignKeys = new Set<number>();

  constructor(
    private readonly entries: readonly ScriptEntry[],
    tables: Iterable<SurveyedTable>,
    private readonly order: LoadOrder,
  ) {
    this.byId = new Map(entries.map((entry) => [entry.id, entry]));
    this.byName = new Map([...tables].map((table) => [qualifiedName(table), table]));
    this.late = new Set(entries.filter(({ section }) => section === 'post-data').map(({ id }) => id));
  }

  plan(): DefinitionPlan {
    for (const entry of this.entries) if (entry.section === 'post-data') this.place(entry);
    return this.result;
  }

  private place(entry: ScriptEntry): void {
    const { result } = this;
    if (LEFT_OUT.has(entry.type)) return;
    if (this.isOrNeeds(entry, 'SUBSCRIPTION')) result.subscriptions.push(entry);
    else if (this.isOrNeeds(entry, 'EVENT TRIGGER')) result.eventTriggers.push(entry);
    else if (this.placeEarly(entry)) return;
    else if (entry.type === 'FK CONSTRAINT' && !entry.dependsOn.some((other) => this.afterForeignKeys.has(other))) {
      result.foreignKeys.push({ entry, tables: this.tablesOf(entry) });
    } else if (result.foreignKeys.length === 0) result.rest.push(entry);
    else {
      result.afterForeignKeys.push(entry);
      this.afterForeignKeys.add(entry.id);
    }
  }

  private placeEarly(entry: ScriptEntry): boolean {
    if (entry.type !== 'INDEX' && entry.type !== 'CONSTRAINT') return false;
    if (entry.dependsOn.some((id) => this.late.has(id))) return false;
    const relation = relationOf(entry);
    if (!relation) return false;
    const table = this.byName.get(qualifiedName(relation));
    if (!table || table.segments === 0) {
      this.result.ofEmptyTables.push(entry);
      this.late.delete(entry.id);
      return true;
    }
    if (this.mustWait(entry, relation)) {
      // A constraint that calls functions locks its table against them: one after the other, with the rest.
      if (entry.type !== 'INDEX') return false;
      this.result.ofAllRows.push({ entry, table: table.table });
      return true;
    }
    const definitions = this.result.ofTables.get(table.table) ?? { constraints: [], indexes: [] };
    this.result.ofTables.set(table.table, definitions);
    // What follows an index in its entry may need the table for itself.
    definitions[entry.type === 'INDEX' && !entry.hasMore ? 'indexes' : 'constraints'].push(entry);
    return true;
  }

  /** Rows that go through a root can come into any of its partitions, so that none is complete before all are. */
  private mustWait(entry: ScriptEntry, relation: { schema: string; name: string }): boolean {
    if (this.order.throughRoot.has(qualifiedName(relation))) return true;
    if (/\sEXCLUDE\s/.test(entry.head)) return true;
    return entry.dependsOn.some((id) => {
      const other = this.byId.get(id);
      return other !== undefined && !PLAIN.has(other.type);
    });
  }

  private isOrNeeds(entry: ScriptEntry, type: string): boolean {
    return entry.type === type || entry.dependsOn.some((id) => this.byId.get(id)?.type === type);
  }

  /** A foreign key depends on the table it is of and on the other one, or on the unique index or constraint there. */
  private tablesOf(entry: ScriptEntry): number[] {
    const tables = new Set<number>();
    const seen = new Set<number>();
    const visit = (id: number) => {
      const other = this.byId.get(id);
      if (!other || seen.has(id)) return;
      seen.add(id);
      if (other.type === 'TABLE') tables.add(id);
      // Below a table there is nothing a foreign key locks, except partitions, which are told by their entries.
      else if (other.section === 'post-data') other.dependsOn.forEach(visit);
    };
    entry.dependsOn.forEach(visit);
    return [...tables];
  }
}
