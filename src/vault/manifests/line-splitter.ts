const NEWLINE = 0x0a;

/**
 * The longest line of a manifest: a stream of about five terabytes in one entry. It keeps a damaged file
 * without newlines from filling the memory.
 */
export const MAX_LINE_BYTES = 128 * 1024 * 1024;

/**
 * Splits bytes into lines, each with its newline; only the last may lack one. They come as many at a time as a buffer
 * completes, and stay bytes, since that is what a manifest's hash covers. Throws an `Error` for a line over
 * `MAX_LINE_BYTES`.
 */
export async function* splitLines(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const buffer of source) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end !== -1; end = buffer.indexOf(NEWLINE, start)) {
      const tail = buffer.subarray(start, end + 1);
      lines.push(parts.length === 0 ? tail : Buffer.concat([...parts, tail]));
      parts = [];
      length = 0;
      start = end + 1;
    }
    if (lines.length > 0) yield lines;
    if (start === buffer.length) continue;
    parts.push(buffer.subarray(start));
    length += buffer.length - start;
    if (length > MAX_LINE_BYTES) throw new Error('a line is too long');
  }
  if (parts.length > 0) yield [Buffer.concat(parts)];
}
