import type { Backend } from './backend/backend.js';
import { backendErrors } from './backend/backend-error.js';

/** Packs are read in blocks of this size: the small files of a directory mostly lie side by side. */
const BLOCK_BYTES = 1024 * 1024;

/** The parts of packs that were read last, so that a thousand small files do not cost a thousand requests. */
export class PackBlocks {
  private readonly blocks = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly backend: Backend,
    /** Bytes it may hold. */
    private readonly capacity: number,
  ) {}

  /** `bytes` from `offset` on of an object of `size` bytes. Rejects as `Backend.read` does. */
  async read(key: string, size: number, offset: number, bytes: number): Promise<Buffer> {
    if (offset + bytes > size) throw backendErrors.truncated(key, bytes, Math.max(0, size - offset));
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((offset + bytes - 1) / BLOCK_BYTES);
    // What fills several blocks is read past them: it would push out everything else.
    if (last - first > 1) return this.backend.read(key, { offset, bytes });
    const blocks = await Promise.all(
      Array.from({ length: last - first + 1 }, (_, index) => this.block(key, size, first + index)),
    );
    const from = offset - first * BLOCK_BYTES;
    const to = from + bytes;
    const [one, two] = blocks;
    if (two === undefined) return one!.subarray(from, to);
    // Only what is asked for: joining whole blocks would copy a hundred times as much.
    return Buffer.concat([one!.subarray(from), two.subarray(0, to - BLOCK_BYTES)]);
  }

  /** For a pack that turned out to be gone or damaged. */
  forget(key: string): void {
    for (const name of this.blocks.keys()) if (name.startsWith(`${key} `)) this.blocks.delete(name);
  }

  private block(key: string, size: number, number: number): Promise<Buffer> {
    const name = `${key} ${number}`;
    const known = this.blocks.get(name);
    // Last in, last out: a Map keeps the order in which its entries were set.
    if (known !== undefined) this.blocks.delete(name);
    const offset = number * BLOCK_BYTES;
    const block = known ?? this.backend.read(key, { offset, bytes: Math.min(BLOCK_BYTES, size - offset) });
    if (known === undefined) block.catch(() => this.blocks.delete(name));
    this.blocks.set(name, block);
    if (this.blocks.size * BLOCK_BYTES > this.capacity) {
      const oldest = this.blocks.keys().next().value;
      if (oldest !== undefined) this.blocks.delete(oldest);
    }
    return block;
  }
}
