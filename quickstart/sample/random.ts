/** Numbers that look random and are the same for the same seed: a 32-bit xorshift generator (George Marsaglia, 2003). */
export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    // Zero would stay zero for ever; neighbouring seeds begin far apart.
    this.state = Math.imul(seed, 0x9e3779b1) | 1;
  }

  /** A whole number of 32 bits. */
  next(): number {
    let state = this.state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state;
    return state >>> 0;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return this.next() % limit;
  }

  /** Bytes that do not compress. */
  bytes(length: number): Buffer {
    const buffer = Buffer.alloc(Math.ceil(length / 4) * 4);
    for (let offset = 0; offset < length; offset += 4) buffer.writeUInt32LE(this.next(), offset);
    return buffer.subarray(0, length);
  }
}
