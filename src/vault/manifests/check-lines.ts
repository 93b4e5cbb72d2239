import { createHash } from 'node:crypto';
import { parseEntry, parseFooter, parseHeader } from './manifest-parser.js';
import type { ManifestEntry, ManifestFooter, ManifestHeader } from './manifest.js';

const NEWLINE = 0x0a;

export type ManifestLine = ManifestHeader | ManifestEntry;

/**
 * The lines of a manifest, its header first, from their plain bytes, as many at a time as those come. Ends only after
 * the footer's count and hash have been compared; a reader that stops early has seen lines whose hash was not compared.
 * Throws an `Error` that says what is wrong.
 */
export async function* checkLines(
  batches: AsyncIterable<Buffer[]>,
  snapshotId: string,
): AsyncGenerator<ManifestLine[]> {
  const check = new LineCheck(snapshotId);
  let isFirst = true;
  for await (const lines of batches) {
    const parsed: ManifestLine[] = check.take(lines).map((line) => parseEntry(JSON.parse(line.toString('utf8'))));
    if (isFirst && check.header) {
      parsed.unshift(check.header);
      isFirst = false;
    }
    if (parsed.length > 0) yield parsed;
  }
  check.finish();
}

/** The same without a look at what they say, and without the header. */
export async function* checkRawLines(batches: AsyncIterable<Buffer[]>, snapshotId: string): AsyncGenerator<Buffer[]> {
  const check = new LineCheck(snapshotId);
  for await (const lines of batches) yield check.take(lines);
  check.finish();
}

/** The first line of a manifest and the last one. */
export interface ManifestEnds {
  header: ManifestHeader;
  footer: ManifestFooter;
}

/**
 * Reads a manifest to its end as `checkLines` does, count and hash compared, and gives its ends: several times faster than the
 * entries can be parsed. Throws an `Error` that says what is wrong.
 */
export async function checkEnds(batches: AsyncIterable<Buffer[]>, snapshotId: string): Promise<ManifestEnds> {
  const check = new LineCheck(snapshotId);
  for await (const lines of batches) check.take(lines);
  return check.finish();
}

/** Counts and hashes lines. The last one is the footer, so one is always held back. */
class LineCheck {
  header: ManifestHeader | undefined;
  private readonly sha256 = createHash('sha256');
  private seen = 0;
  private last: Buffer | undefined;

  constructor(private readonly snapshotId: string) {}

  /** Those of the lines taken so far that are entries, each once. */
  take(lines: Buffer[]): Buffer[] {
    if (lines.length === 0) return [];
    const before = this.last === undefined ? lines : [this.last, ...lines];
    const known = before.slice(0, -1);
    this.last = before.at(-1)!;
    if (known.length === 0) return [];
    // At once: asking for each of them would take longer than the hash.
    this.sha256.update(Buffer.concat(known));
    this.seen += known.length;
    if (this.header) return known;
    this.header = requireOwn(parseHeader(JSON.parse(known[0]!.toString('utf8'))), this.snapshotId);
    return known.slice(1);
  }

  /** When there are no more. */
  finish(): ManifestEnds {
    const { header, last } = this;
    if (!header || !last || last.at(-1) !== NEWLINE) throw new Error('it ends before its footer');
    const footer: unknown = JSON.parse(last.toString('utf8'));
    if (!isFooter(footer)) throw new Error('it ends before its footer');
    return { header, footer: requireSums(parseFooter(footer), this.seen - 1, this.sha256.digest('hex')) };
  }
}

function requireOwn(header: ManifestHeader, snapshotId: string): ManifestHeader {
  if (header.snapshotId !== snapshotId) throw new Error(`it belongs to snapshot ${header.snapshotId}`);
  return header;
}

function requireSums(footer: ManifestFooter, entries: number, sha256: string): ManifestFooter {
  if (footer.entries !== entries) throw new Error('its footer counts other entries');
  if (footer.sha256 !== sha256) throw new Error('its hash is not the one in its footer');
  return footer;
}

function isFooter(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'footer';
}
