import type { FileEntry, ManifestEntry } from '../manifests/manifest.js';
import type { DatabaseEntry, DescriptionEntry, SegmentEntry } from '../manifests/manifest-database.js';

/** Names are told of so many; of the others how many they are. */
const MOST_NAMES = 5;

type WithContent = DatabaseEntry | DescriptionEntry | SegmentEntry | FileEntry;

/** Says what the contents of a manifest are, in words for people. Tables are remembered: they come before their segments. */
export class ContentNames {
  private readonly tables = new Map<number, string>();

  /** To be shown every entry, in the manifest's order. */
  see(entry: ManifestEntry): void {
    if (entry.kind === 'table') this.tables.set(entry.table, `"${entry.schema}"."${entry.name}"`);
  }

  of(entry: WithContent): string {
    if (entry.kind === 'database') return "the database's definitions and large objects";
    if (entry.kind === 'description') return "the description of the database's objects";
    if (entry.kind === 'file') return `the file "${entry.path.replace(/^utf8:/, '')}"`;
    const table = this.tables.get(entry.table) ?? `number ${entry.table}`;
    const { fromBlock, toBlock } = entry;
    const blocks = toBlock === undefined ? `from block ${fromBlock} on` : `in blocks ${fromBlock} to ${toBlock - 1}`;
    return `the rows of table ${table} ${blocks}`;
  }
}

/** The first few of any number of names, and how many there were. */
export class NamedContents {
  count = 0;
  private readonly names: string[] = [];

  add(name: string): void {
    this.count += 1;
    if (this.names.length < MOST_NAMES) this.names.push(name);
  }

  toString(): string {
    const others = this.count - this.names.length;
    return [...this.names, ...(others > 0 ? [`${others} more`] : [])].join(', ');
  }
}
