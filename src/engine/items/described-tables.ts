import type { ListedTable } from '../../vault/listing/listing-builder.js';
import { OF_TABLES } from '../../vault/listing/listing-key.js';
import type { DescribedObject } from '../postgres/description/described-object.js';
import { quoteIdentifier, qualifiedName } from '../postgres/sql/quote.js';
import { primaryKeyIn } from '../contents/primary-keys.js';
import { descriptionOf, type OpenedSnapshot } from '../contents/snapshot-parts.js';
import { EngineError } from '../engine-error.js';

export interface TableName {
  schema: string;
  name: string;
}

/** A table of a snapshot as it can be made anew, alone. */
export interface DescribedTable extends TableName {
  /** Behind `CREATE TABLE name`: columns with their types and collations, and the primary key. Those that are computed are left out. */
  definition: string;
  /** Names of columns that are left out since PostgreSQL computes them. */
  computed: string[];
  /** Where its rows are: it itself, or its partitions. */
  holders: ListedTable[];
}

interface Column {
  name: string;
  type: string;
  collation?: string;
  generated?: string;
}

/**
 * Tables of a snapshot, in their order. Rejects with `EngineError('item-missing')` for what is no table there, `'snapshot-damaged'`, and as
 * the vault does.
 */
export async function describedTables(opened: OpenedSnapshot, wanted: readonly TableName[]): Promise<DescribedTable[]> {
  const facts = await factsOf(opened);
  if (facts === undefined) throw undescribed();
  const listed = new Map<string, ListedTable>();
  for await (const { found } of opened.listing.range(OF_TABLES)) {
    for (const { entry } of found) {
      if (
        entry.kind === 'table' &&
        (facts.parents.has(qualifiedName(entry)) || wanted.some((one) => isSame(one, entry)))
      )
        listed.set(qualifiedName(entry), entry);
    }
  }
  return wanted.map((table) => {
    const name = qualifiedName(table);
    const columns = facts.columns.get(name);
    if (columns === undefined) throw missing(table);
    const key = facts.keys.get(name);
    const kept = columns.filter(({ generated }) => generated === undefined);
    const parts = [
      ...kept.map(({ name: column, type, collation }) =>
        [quoteIdentifier(column), type, ...(collation === undefined ? [] : [`COLLATE ${collation}`])].join(' '),
      ),
      // A key over what is computed has to be left out with that.
      ...(key !== undefined && key.every((column) => kept.some((one) => one.name === column))
        ? [`PRIMARY KEY (${key.map(quoteIdentifier).join(', ')})`]
        : []),
    ];
    const computed = columns.filter(({ generated }) => generated !== undefined).map((column) => column.name);
    return { ...table, definition: `(${parts.join(', ')})`, computed, holders: holdersOf(name, facts, listed) };
  });
}

/** Those of these that the snapshot does not have. Rejects as the vault does. */
export async function missingTables(opened: OpenedSnapshot, wanted: readonly TableName[]): Promise<TableName[]> {
  const facts = await factsOf(opened);
  return wanted.filter((table) => facts?.columns.has(qualifiedName(table)) !== true);
}

interface Facts {
  columns: Map<string, readonly Column[]>;
  keys: Map<string, readonly string[]>;
  /** Of partitions, what they are partitions of. */
  parents: Map<string, string>;
  partitioned: Set<string>;
}

/** Undefined without a database, and for one that was captured before its tables were described. */
async function factsOf(opened: OpenedSnapshot): Promise<Facts | undefined> {
  const description = await descriptionOf(opened);
  if (description === undefined) return undefined;
  const facts: Facts = { columns: new Map(), keys: new Map(), parents: new Map(), partitioned: new Set() };
  for await (const objects of description) for (const object of objects) learn(facts, object);
  return facts;
}

function learn(facts: Facts, object: DescribedObject): void {
  const { kind, name, definition } = object;
  if (kind === 'table') {
    facts.columns.set(name, (definition['columns'] ?? []) as unknown as Column[]);
    if (definition['partitionKey'] != null) facts.partitioned.add(name);
    const [parent] = (definition['parents'] ?? []) as string[];
    if (definition['partitionBound'] != null && parent !== undefined) facts.parents.set(name, parent);
    return;
  }
  const key = primaryKeyIn(object);
  if (key !== undefined) facts.keys.set(key.table, key.columns);
}

/** A partitioned table has no rows of its own. */
function holdersOf(name: string, facts: Facts, listed: ReadonlyMap<string, ListedTable>): ListedTable[] {
  if (!facts.partitioned.has(name)) {
    const table = listed.get(name);
    return table === undefined ? [] : [table];
  }
  const below = [...facts.parents].filter(([, parent]) => parent === name).map(([partition]) => partition);
  return below.flatMap((partition) => holdersOf(partition, facts, listed));
}

function isSame(one: TableName, other: TableName): boolean {
  return one.schema === other.schema && one.name === other.name;
}

function missing(table: TableName): EngineError {
  return new EngineError('item-missing', `The snapshot has no table ${qualifiedName(table)}.`);
}

function undescribed(): EngineError {
  return new EngineError(
    'item-missing',
    'The snapshot has no database, or is from before its tables were described; roll back to it instead.',
  );
}
