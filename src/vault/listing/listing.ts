import { parseEntry } from '../manifests/manifest-parser.js';
import type { ManifestEntry } from '../manifests/manifest.js';
import type { ListedTable } from './listing-builder.js';
import { keyOf } from './listing-key.js';
import { decodeBlock, decodeTable, decodeTrailer, type ListingBlock, TRAILER_BYTES } from './listing-format.js';

/** Plain bytes, of which any part can be read. */
export interface PlainParts {
  bytes: number;
  /** Of these, in memory. */
  heldBytes: number;
  /** Of a range that is in it. */
  read(offset: number, bytes: number): Promise<Buffer>;
}

/** What a listing has: a manifest's entries, tables with what their segments come to. */
export type ListedEntry = Exclude<ManifestEntry, { kind: 'table' }> | ListedTable;

export interface Listed {
  /** Unique, unless a manifest has the same thing twice. */
  key: string;
  entry: ListedEntry;
}

/** Which lines are worth parsing; for whoever looks for few in many. */
export type LineFilter = (line: string) => boolean;

/**
 * The entries of one manifest by their keys (`listing-key.ts`), of which any part is found without reading the rest. Whatever reads rejects with an
 * `Error` for what is no listing, and as where it lies does.
 */
export class Listing {
  private constructor(
    private readonly parts: PlainParts,
    private readonly blocks: readonly ListingBlock[],
    /** What is in memory of it, about. */
    readonly heldBytes: number,
  ) {}

  static async open(parts: PlainParts): Promise<Listing> {
    if (parts.bytes < TRAILER_BYTES) throw new Error('it is too short for a listing');
    const end = parts.bytes - TRAILER_BYTES;
    const { bytes, plainBytes } = decodeTrailer(await parts.read(end, TRAILER_BYTES));
    if (bytes > end) throw new Error('it is too short for its table');
    return new Listing(
      parts,
      decodeTable(await parts.read(end - bytes, bytes), plainBytes),
      parts.heldBytes + plainBytes,
    );
  }

  /** How many entries are in it. */
  get entries(): number {
    return this.blocks.reduce((sum, { lines }) => sum + lines, 0);
  }

  /** The entry with this key. */
  async find(key: string): Promise<ListedEntry | undefined> {
    for await (const batch of this.range(key)) {
      for (const listed of batch) if (listed.key === key) return listed.entry;
    }
    return undefined;
  }

  /**
   * Entries whose keys begin with `prefix`, behind the key `after`, in their order, a block's at a time; perhaps none of it. Only those lines are
   * parsed that the filter wants.
   */
  async *range(
    prefix: string,
    { after = '', wants }: { after?: string; wants?: LineFilter } = {},
  ): AsyncGenerator<Listed[]> {
    const from = after > prefix ? after : prefix;
    for (let index = this.blockOf(from); index < this.blocks.length; index += 1) {
      const block = this.blocks[index]!;
      if (block.key > prefix && !block.key.startsWith(prefix)) return;
      const found: Listed[] = [];
      const plain = decodeBlock(await this.parts.read(block.offset, block.bytes), block.plainBytes);
      for (const line of plain.toString('utf8').split('\n')) {
        if (line === '' || wants?.(line) === false) continue;
        const entry = parseListed(line);
        // Only tables, segments and files are looked for by their key, which has no number in it.
        const key = keyOf(entry, 0);
        if (key > after && key.startsWith(prefix)) found.push({ key, entry });
      }
      yield found;
    }
  }

  /** The last block that begins at the key or before it. */
  private blockOf(key: string): number {
    let [low, high] = [0, this.blocks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.blocks[middle]!.key <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

function parseListed(line: string): ListedEntry {
  const fields = JSON.parse(line) as { totals?: ListedTable['totals'] };
  const entry = parseEntry(fields);
  return entry.kind === 'table' ? { ...entry, totals: fields.totals! } : entry;
}
