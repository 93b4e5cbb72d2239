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

/** What of a listing is looked at in one go. */
export interface ListedPart {
  found: Listed[];
  /** How many were looked at. */
  lines: number;
  /** Where the next part begins: a key, for `from`. Undefined behind the last. */
  next: string | undefined;
}

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
    for await (const { found } of this.range(key)) {
      for (const listed of found) if (listed.key === key) return listed.entry;
    }
    return undefined;
  }

  /**
   * Entries whose keys begin with `prefix`, from the key `from` on, in their order, a block's at a time; perhaps none of it. With `containing`, which
   * is in small letters, only those in whose line it is, in capitals or not: what is parsed then is little, and more has to be looked at.
   */
  async *range(
    prefix: string,
    { from = '', containing = '' }: { from?: string; containing?: string } = {},
  ): AsyncGenerator<ListedPart> {
    const begin = from > prefix ? from : prefix;
    for await (const { text, lines, next } of this.texts(prefix, begin)) {
      const found: Listed[] = [];
      for (const line of linesWith(text, containing)) {
        const listed = listedIn(line);
        if (listed.key >= begin && listed.key.startsWith(prefix)) found.push(listed);
      }
      yield { found, lines, next };
    }
  }

  /**
   * The lines of the same entries as they are, each without its newline: for whoever wants to know which are the same as elsewhere without parsing
   * them (`listedIn`).
   */
  async *lines(prefix: string, { from = '' }: { from?: string } = {}): AsyncGenerator<string[]> {
    const begin = from > prefix ? from : prefix;
    const isBefore = (line: string) => listedIn(line).key < begin;
    const isBehind = (line: string) => !listedIn(line).key.startsWith(prefix);
    for await (const { text } of this.texts(prefix, begin)) {
      const lines = text.slice(0, -1).split('\n');
      // Only the first block has any before the range, and only the last any behind it.
      const first = isBefore(lines[0]!) ? lines.findIndex((line) => !isBefore(line)) : 0;
      if (first === -1) continue;
      const last = isBehind(lines.at(-1)!) ? lines.findLastIndex((line) => !isBehind(line)) : lines.length - 1;
      if (last >= first) yield lines.slice(first, last + 1);
    }
  }

  private async *texts(
    prefix: string,
    begin: string,
  ): AsyncGenerator<{ text: string; lines: number; next: string | undefined }> {
    for (let index = this.blockOf(begin); index < this.blocks.length; index += 1) {
      const block = this.blocks[index]!;
      if (block.key > prefix && !block.key.startsWith(prefix)) return;
      const plain = decodeBlock(await this.parts.read(block.offset, block.bytes), block.plainBytes);
      const next = this.blocks[index + 1]?.key;
      const isNext = next?.startsWith(prefix) === true;
      yield { text: plain.toString('utf8'), lines: block.lines, next: isNext ? next : undefined };
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

/** What begins the path of a line whose name is no text, so that nothing can be found in it as it is. */
const NO_TEXT = '"base64:';

/** Those of a text's lines that have this in them, or a name that is no text. */
function* linesWith(text: string, containing: string): Generator<string> {
  const searched = containing === '' ? text : text.toLowerCase();
  // A few letters have more characters when they are small: then a line is not found by its place.
  if (searched.length !== text.length) {
    for (const line of text.split('\n')) {
      if (line !== '' && (line.includes(NO_TEXT) || line.toLowerCase().includes(containing))) yield line;
    }
    return;
  }
  let [at, noText] = [-1, -1];
  for (let start = 0; start < text.length;) {
    if (at < start) at = placeOf(searched, containing, start);
    if (noText < start) noText = placeOf(text, NO_TEXT, start);
    const next = Math.min(at, noText);
    if (next >= text.length) return;
    const begin = next === 0 ? 0 : text.lastIndexOf('\n', next - 1) + 1;
    const end = text.indexOf('\n', next);
    yield text.slice(begin, end);
    start = end + 1;
  }
}

/** Behind the text where it is not. */
function placeOf(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at === -1 ? text.length : at;
}

/** What a line of a listing is. Throws an `Error` for what is none. */
export function listedIn(line: string): Listed {
  const fields = JSON.parse(line) as { totals?: ListedTable['totals'] };
  const parsed = parseEntry(fields);
  const entry = parsed.kind === 'table' ? { ...parsed, totals: fields.totals! } : parsed;
  // Only tables, segments and files are looked for by their key, which has no number in it.
  return { key: keyOf(parsed, 0), entry };
}
