/** Streams are cut every so many bytes; a chunk is never longer. */
export const PIECE_BYTES = 4 * 1024 * 1024;

/** Cuts a stream into pieces of `PIECE_BYTES`, the last one shorter. Reads no further than it is asked to. */
export class PieceReader {
  private readonly source: AsyncIterator<Buffer>;
  private rest: Buffer | undefined;

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** The next piece; one shorter than `PIECE_BYTES`, possibly empty, is the last. */
  async next(): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = PIECE_BYTES;
    while (missing > 0) {
      const buffer = this.rest ?? (await this.pull());
      if (buffer === undefined) break;
      parts.push(buffer.subarray(0, missing));
      this.rest = buffer.length > missing ? buffer.subarray(missing) : undefined;
      missing -= Math.min(missing, buffer.length);
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /** Tells the source that no more will be read, so that it can close what it holds open. */
  async close(): Promise<void> {
    await this.source.return?.();
  }

  private async pull(): Promise<Buffer | undefined> {
    const next = await this.source.next();
    return next.done === true ? undefined : next.value;
  }
}
