/** Of an id as bytes. */
export const ID_BYTES = 32;
const ID_WORDS = ID_BYTES / Uint32Array.BYTES_PER_ELEMENT;
const FIRST_CAPACITY = 1024;

/**
 * A set of chunk ids (SHA-256, hex) that needs 50 to 100 bytes for each: a project of ten million chunks
 * is marked in under a gigabyte, where a `Set` of strings would need several. Open addressing; the
 * ids are hashes already, so their first bits are the slot.
 */
export class ChunkIdSet implements Iterable<string> {
  size = 0;
  /** Slots there are; `slotOf()` is below it. Grows with `add()`. */
  capacity = FIRST_CAPACITY;
  /** Ids as numbers: asking for two pieces of memory to be compared takes ten times as long as comparing those. */
  private slots = new Uint32Array(FIRST_CAPACITY * ID_WORDS);
  private used = new Uint8Array(FIRST_CAPACITY);
  private readonly words = new Uint32Array(ID_WORDS);
  /** The same memory. */
  private readonly wanted = Buffer.from(this.words.buffer);

  /** Returns whether it is new. */
  add(id: string): boolean {
    this.wanted.write(id, 'hex');
    return this.addWanted();
  }

  /** The same for its 32 bytes. */
  addBytes(id: Buffer): boolean {
    id.copy(this.wanted);
    return this.addWanted();
  }

  private addWanted(): boolean {
    if (this.size * 3 >= this.capacity * 2) this.grow();
    const slot = this.slotOfWords(this.words, 0);
    if (this.used[slot] === 1) return false;
    this.slots.set(this.words, slot * ID_WORDS);
    this.used[slot] = 1;
    this.size += 1;
    return true;
  }

  has(id: string): boolean {
    this.wanted.write(id, 'hex');
    return this.used[this.slotOfWords(this.words, 0)] === 1;
  }

  hasBytes(id: Buffer): boolean {
    return this.slotOf(id) !== -1;
  }

  /** A number of this id's own, until the next `add()`; -1 for one that is not there. */
  slotOf(id: Buffer): number {
    id.copy(this.wanted);
    const slot = this.slotOfWords(this.words, 0);
    return this.used[slot] === 1 ? slot : -1;
  }

  /** The ids in no particular order. Adding while iterating is not supported. */
  *[Symbol.iterator](): Generator<string> {
    const bytes = Buffer.from(this.slots.buffer);
    for (let slot = 0; slot < this.capacity; slot++) {
      if (this.used[slot] === 1) yield bytes.toString('hex', slot * ID_BYTES, (slot + 1) * ID_BYTES);
    }
  }

  /** The slot that holds the id that begins at a word, or the free one where it belongs. */
  private slotOfWords(id: Uint32Array, from: number): number {
    const mask = this.capacity - 1;
    let slot = id[from]! & mask;
    while (this.used[slot] === 1 && !this.isAt(slot, id, from)) slot = (slot + 1) & mask;
    return slot;
  }

  private isAt(slot: number, id: Uint32Array, from: number): boolean {
    const at = slot * ID_WORDS;
    for (let word = 0; word < ID_WORDS; word += 1) if (this.slots[at + word] !== id[from + word]) return false;
    return true;
  }

  private grow(): void {
    const { capacity, slots, used } = this;
    this.capacity = capacity * 2;
    this.slots = new Uint32Array(this.capacity * ID_WORDS);
    this.used = new Uint8Array(this.capacity);
    for (let old = 0; old < capacity; old++) {
      if (used[old] !== 1) continue;
      const from = old * ID_WORDS;
      const slot = this.slotOfWords(slots, from);
      this.slots.set(slots.subarray(from, from + ID_WORDS), slot * ID_WORDS);
      this.used[slot] = 1;
    }
  }
}
