const BLOCK_ROWS = 4 * 1024;

interface Block {
  words: Uint32Array;
  /** The same memory. */
  bytes: Buffer;
}

/** The block it lies in, and its first word there. */
export interface Row extends Block {
  at: number;
}

/** Rows of some words each, in blocks that threads share, so that growing never copies them. */
export class Rows {
  private readonly blocks: Block[];

  constructor(
    private readonly width: number,
    shared: readonly SharedArrayBuffer[] = [],
  ) {
    this.blocks = shared.map(blockOf);
  }

  row(number: number): Row {
    const block = (this.blocks[Math.floor(number / BLOCK_ROWS)] ??= blockOf(
      new SharedArrayBuffer(BLOCK_ROWS * this.width * Uint32Array.BYTES_PER_ELEMENT),
    ));
    return { words: block.words, bytes: block.bytes, at: (number % BLOCK_ROWS) * this.width };
  }

  shared(): SharedArrayBuffer[] {
    return this.blocks.map(({ words }) => words.buffer as SharedArrayBuffer);
  }
}

function blockOf(memory: SharedArrayBuffer): Block {
  return { words: new Uint32Array(memory), bytes: Buffer.from(memory) };
}

export function sharedWords(words: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(words * Uint32Array.BYTES_PER_ELEMENT));
}
