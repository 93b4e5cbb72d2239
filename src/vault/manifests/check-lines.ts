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
  for await (const lines of batches) {
    const checked: ManifestLine[] = [];
    for (const line of lines) {
      const parsed = check.take(line);
      if (parsed !== undefined) checked.push(parsed);
    }
    if (checked.length > 0) yield checked;
  }
  check.finish();
}

/** The first line of a manifest and the last one, without a look at what the entries say. */
export interface ManifestEnds {
  header: ManifestHeader;
  footer: ManifestFooter;
}

/**
 * Reads a manifest to its end as `checkLines` does, count and hash compared, and gives its ends: several times faster than the
 * entries can be parsed. Throws an `Error` that says what is wrong.
 */
export async function checkEnds(batches: AsyncIterable<Buffer[]>, snapshotId: string): Promise<ManifestEnds> {
  const sha256 = createHash('sha256');
  let first: Buffer | undefined;
  let last: Buffer | undefined;
  let lines = 0;
  for await (const batch of batches) {
    for (const line of batch) {
      if (last) sha256.update(last);
      first ??= line;
      last = line;
      lines += 1;
    }
  }
  if (first === undefined || last === undefined || last === first || last.at(-1) !== NEWLINE) {
    throw new Error('it ends before its footer');
  }
  const header = headerIn(first, snapshotId);
  const footer: unknown = JSON.parse(last.toString('utf8'));
  if (!isFooter(footer)) throw new Error('it ends before its footer');
  return { header, footer: requireSums(parseFooter(footer), lines - 2, sha256.digest('hex')) };
}

function headerIn(line: Buffer, snapshotId: string): ManifestHeader {
  return requireOwn(parseHeader(JSON.parse(line.toString('utf8'))), snapshotId);
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

class LineCheck {
  private readonly sha256 = createHash('sha256');
  private seen = 0;
  private finished = false;

  constructor(private readonly snapshotId: string) {}

  /** The next line; undefined for the footer. */
  take(line: Buffer): ManifestLine | undefined {
    if (this.finished) throw new Error('it goes on after its footer');
    if (line.at(-1) !== NEWLINE) throw new Error('its last line is cut off');
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (this.seen > 0 && isFooter(value)) return this.takeFooter(parseFooter(value));
    const parsed = this.seen === 0 ? requireOwn(parseHeader(value), this.snapshotId) : parseEntry(value);
    this.sha256.update(line);
    this.seen += 1;
    return parsed;
  }

  finish(): void {
    if (!this.finished) throw new Error('it ends before its footer');
  }

  private takeFooter(footer: ManifestFooter): undefined {
    requireSums(footer, this.seen - 1, this.sha256.digest('hex'));
    this.finished = true;
  }
}

function isFooter(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'footer';
}
