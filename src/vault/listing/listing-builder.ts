import { parseEntry } from '../manifests/manifest-parser.js';
import { plainFileIn } from '../manifests/file-line.js';
import type { SegmentEntry, TableEntry } from '../manifests/manifest-database.js';
import { bytesOfPath, keyOf, keyOfPath } from './listing-key.js';
import { encodeBlock, encodeEnd, type ListingBlock } from './listing-format.js';
import { LineSorter } from './line-sorter.js';

/** Large enough to compress well, small enough that one page of a directory is read with one or two of them. */
const BLOCK_BYTES = 128 * 1024;

/** What the segments of a table come to. */
export interface TableTotals {
  rows: number;
  /** As text. */
  bytes: number;
  segments: number;
  /** Of these, not read out: the base's. */
  carriedOver: number;
}

/** A table in a listing. */
export interface ListedTable extends TableEntry {
  totals: TableTotals;
}

/** Makes a listing of a manifest's lines. Whoever makes one disposes of it. */
export class ListingBuilder {
  private readonly sorter = new LineSorter();
  /** As many as there are tables, which whoever captures and restores keeps in memory, too. */
  private readonly tables = new Map<number, { key: string; table: ListedTable }>();
  private entries = 0;

  /** The next lines of entries, each with its newline. Throws an `Error` for what is none, and as the temporary file does. */
  async add(lines: readonly Buffer[]): Promise<void> {
    for (const line of lines) {
      const text = line.toString('utf8');
      const plain = plainFileIn(text);
      const added =
        plain === undefined ? this.addParsed(line, text) : this.sorter.add(keyOfPath(bytesOfPath(plain.path)), line);
      if (added !== undefined) await added;
      this.entries += 1;
    }
  }

  /** The listing's bytes, in order, once there are no more lines. */
  async *pieces(): AsyncGenerator<Buffer> {
    for (const { key, table } of this.tables.values()) await this.sorter.add(key, lineOf(table));
    const blocks: Omit<ListingBlock, 'offset'>[] = [];
    let key = '';
    let lines: Buffer[] = [];
    let plainBytes = 0;
    const finish = (): Buffer => {
      const block = encodeBlock(Buffer.concat(lines));
      blocks.push({ key, bytes: block.length, plainBytes, lines: lines.length });
      [lines, plainBytes] = [[], 0];
      return block;
    };
    for (const next of this.sorter.sorted()) {
      if (lines.length > 0 && plainBytes + next.line.length > BLOCK_BYTES) yield finish();
      if (lines.length === 0) key = next.key;
      lines.push(next.line);
      plainBytes += next.line.length;
    }
    if (lines.length > 0) yield finish();
    yield encodeEnd(blocks);
  }

  dispose(): Promise<void> {
    return this.sorter.dispose();
  }

  private addParsed(line: Buffer, text: string): Promise<void> | undefined {
    const entry = parseEntry(JSON.parse(text));
    const key = keyOf(entry, this.entries);
    if (entry.kind === 'segment') this.count(entry);
    if (entry.kind !== 'table') return this.sorter.add(key, line);
    // Tables come last, when it is known what their segments come to.
    this.tables.set(entry.table, { key, table: { ...entry, totals: noTotals() } });
    return undefined;
  }

  private count({ table, rows, content, carriedOver }: SegmentEntry): void {
    const totals = this.tables.get(table)?.table.totals;
    if (totals === undefined) throw new Error('a segment comes before its table');
    totals.rows += rows;
    totals.bytes += content.bytes;
    totals.segments += 1;
    if (carriedOver === true) totals.carriedOver += 1;
  }
}

function noTotals(): TableTotals {
  return { rows: 0, bytes: 0, segments: 0, carriedOver: 0 };
}

function lineOf(table: ListedTable): Buffer {
  return Buffer.from(`${JSON.stringify(table)}\n`);
}
