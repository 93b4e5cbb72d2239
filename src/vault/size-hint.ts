/**
 * What somebody believes a content's size to be. It may be wrong in every way, so it decides how much memory is set
 * aside and nothing else: no name, no hash, no end of anything. Its number cannot be read, so that nobody can
 * compare it with a size that is known, and take it for one.
 */
export class SizeHint {
  /** Nobody has an idea. */
  static readonly none = new SizeHint(Infinity);

  readonly #bytes: number;

  private constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Anything will do: what is no number of bytes is no hint. */
  static ofBytes(bytes: number): SizeHint {
    return bytes >= 0 ? new SizeHint(bytes) : SizeHint.none;
  }

  /**
   * How much to set aside for the next piece, from 1 to `most`, once so many bytes have been read. A content that has
   * become longer than it was believed to be can be of any length.
   */
  roomAfter(bytesRead: number, most: number): number {
    const left = this.#bytes - bytesRead;
    return left < 0 ? most : Math.min(most, Math.max(1, left));
  }
}
