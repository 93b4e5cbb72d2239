import { createHash } from 'node:crypto';
import { parseEntry, parseFooter, parseHeader } from './manifest-parser.js';
import type { ManifestEntry, ManifestFooter, ManifestHeader } from '../manifest.js';

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

class LineCheck {
  private readonly sha256 = createHash('sha256');
  private seen = 0;
  private finished = false;

  constructor(private readonly snapshotId: string) {}

  /** The next line; undefined for the footer. */
  take(line: Buffer): ManifestLine | undefined {
    if (this.finished) throw new Error('it goes on after its footer');
    if (line.at(-1) !== 0x0a) throw new Error('its last line is cut off');
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (this.seen > 0 && isFooter(value)) return this.takeFooter(parseFooter(value));
    const parsed = this.seen === 0 ? this.header(value) : parseEntry(value);
    this.sha256.update(line);
    this.seen += 1;
    return parsed;
  }

  finish(): void {
    if (!this.finished) throw new Error('it ends before its footer');
  }

  private header(value: unknown): ManifestHeader {
    const header = parseHeader(value);
    if (header.snapshotId !== this.snapshotId) throw new Error(`it belongs to snapshot ${header.snapshotId}`);
    return header;
  }

  private takeFooter(footer: ManifestFooter): undefined {
    if (footer.entries !== this.seen - 1) throw new Error('its footer counts other entries');
    if (footer.sha256 !== this.sha256.digest('hex')) throw new Error('its hash is not the one in its footer');
    this.finished = true;
  }
}

function isFooter(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'footer';
}
