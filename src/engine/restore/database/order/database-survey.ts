import type {
  ContentsEntry,
  DatabaseEntry,
  MaterializedViewEntry,
  SequenceEntry,
  TableEntry,
} from '../../../../vault/manifests/manifest-database.js';
import type { ManifestEntry } from '../../../../vault/manifests/manifest.js';
import type { ContentRef } from '../../../../vault/manifests/content-ref.js';
import { EngineError } from '../../../engine-error.js';
import { addIfKnown } from '../../../postgres/sql/rows-digest.js';

/** What a manifest says about a database, as far as it grows with the number of tables and not with their rows. */
export interface DatabaseSurvey {
  database: DatabaseEntry;
  /** Of every object; undefined in snapshots of older versions. */
  description: ContentRef | undefined;
  /** By `TableEntry.table`. */
  tables: Map<number, SurveyedTable>;
  sequences: SequenceEntry[];
  /** In the order in which they can be refreshed. */
  materializedViews: MaterializedViewEntry[];
  /** What comes back from elsewhere. */
  contents: ContentsEntry[];
  /** Of all segments, as COPY text. */
  dataBytes: number;
}

/** A table and the sums of its segments. */
export interface SurveyedTable extends Pick<
  TableEntry,
  'table' | 'schema' | 'name' | 'columns' | 'generated' | 'condition'
> {
  segments: number;
  rows: number;
  /** As COPY text. */
  bytes: number;
  /** The sum of its segments' hashes: of the same rows in the same segments the same, in whatever order those stand. */
  contents: bigint;
  /** Of all rows, generated values too (see `digestStatement`); undefined where nobody noted it. */
  generatedDigest?: string | undefined;
}

/** Collects the survey from the entries of one manifest, whatever else is in it. */
export class DatabaseSurveyor {
  private database: DatabaseEntry | undefined;
  private readonly tables = new Map<number, SurveyedTable>();
  private readonly sequences: SequenceEntry[] = [];
  private readonly materializedViews: MaterializedViewEntry[] = [];
  private readonly contents: ContentsEntry[] = [];
  private description: ContentRef | undefined;
  private dataBytes = 0;

  /** Throws `EngineError('snapshot-damaged')` for an entry that contradicts an earlier one. */
  add(entry: ManifestEntry): void {
    switch (entry.kind) {
      case 'database':
        if (this.database) throw contradiction('it describes two databases');
        this.database = entry;
        break;
      case 'description':
        if (this.description) throw contradiction('it has two descriptions');
        this.description = entry.content;
        break;
      case 'table':
        this.addTable(entry);
        break;
      case 'segment': {
        const table = this.tables.get(entry.table);
        if (!table) throw contradiction(`a segment belongs to table ${entry.table}, which it does not describe`);
        table.segments += 1;
        table.rows += entry.rows;
        table.bytes += entry.content.bytes;
        table.contents += BigInt(`0x${entry.content.sha256}`);
        table.generatedDigest = addIfKnown(table.generatedDigest, entry.generatedDigest);
        this.dataBytes += entry.content.bytes;
        break;
      }
      case 'sequence':
        this.sequences.push(entry);
        break;
      case 'materialized-view':
        this.materializedViews.push(entry);
        break;
      case 'contents':
        this.contents.push(entry);
    }
  }

  /** What was seen, or undefined when there was no `database` entry. */
  survey(): DatabaseSurvey | undefined {
    const { database, description, tables, sequences, materializedViews, contents, dataBytes } = this;
    return database && { database, description, tables, sequences, materializedViews, contents, dataBytes };
  }

  private addTable(entry: TableEntry): void {
    const { table, schema, name, columns, generated, condition } = entry;
    if (this.tables.has(table)) throw contradiction(`it describes table ${table} twice`);
    const described = {
      table,
      schema,
      name,
      columns,
      ...(condition === undefined ? {} : { condition }),
      ...(generated && { generated }),
    };
    this.tables.set(table, {
      ...described,
      segments: 0,
      rows: 0,
      bytes: 0,
      contents: 0n,
      ...(generated && { generatedDigest: '0' }),
    });
  }
}

function contradiction(what: string): EngineError {
  return new EngineError('snapshot-damaged', `The snapshot's manifest contradicts itself: ${what}.`);
}
