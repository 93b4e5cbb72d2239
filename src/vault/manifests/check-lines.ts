import { createHash } from 'node:crypto';
import { parseEntry, parseFooter, parseHeader } from './manifest-parser.js';
import type { ManifestEntry, ManifestHeader } from '../manifest.js';

/**
 * The lines of a manifest, its header first, from their plain bytes. Ends only after the footer's count and hash have
 * been compared; a reader that stops early has seen lines whose hash was not compared. Throws an `Error` that says what is wrong.
 */
export async function* checkLines(
  lines: AsyncIterable<Buffer>,
  snapshotId: string,
): AsyncGenerator<ManifestHeader | ManifestEntry> {
  const sha256 = createHash('sha256');
  let seen = 0;
  let finished = false;
  for await (const line of lines) {
    if (finished) throw new Error('it goes on after its footer');
    if (line.at(-1) !== 0x0a) throw new Error('its last line is cut off');
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (seen === 0) {
      const header = parseHeader(value);
      if (header.snapshotId !== snapshotId) throw new Error(`it belongs to snapshot ${header.snapshotId}`);
      yield header;
    } else if (isFooter(value)) {
      const footer = parseFooter(value);
      if (footer.entries !== seen - 1) throw new Error('its footer counts other entries');
      if (footer.sha256 !== sha256.digest('hex')) throw new Error('its hash is not the one in its footer');
      finished = true;
      continue;
    } else {
      yield parseEntry(value);
    }
    sha256.update(line);
    seen += 1;
  }
  if (!finished) throw new Error('it ends before its footer');
}

function isFooter(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'footer';
}
