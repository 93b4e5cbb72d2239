/** Of an id as bytes. */
export const ID_BYTES = 32;
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
  private slots = Buffer.alloc(FIRST_CAPACITY * ID_BYTES);
  private used = new Uint8Array(FIRST_CAPACITY);
  private readonly wanted = Buffer.alloc(ID_BYTES);

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
    if (this.size * 3 >= this.capacity * 2) {
      // Growing looks for places of its own.
      const wanted = Buffer.from(this.wanted);
      this.grow();
      wanted.copy(this.wanted);
    }
    const slot = this.slotOfWanted();
    if (this.used[slot] === 1) return false;
    this.wanted.copy(this.slots, slot * ID_BYTES);
    this.used[slot] = 1;
    this.size += 1;
    return true;
  }

  has(id: string): boolean {
    this.wanted.write(id, 'hex');
    return this.used[this.slotOfWanted()] === 1;
  }

  hasBytes(id: Buffer): boolean {
    return this.slotOf(id) !== -1;
  }

  /** A number of this id's own, until the next `add()`; -1 for one that is not there. */
  slotOf(id: Buffer): number {
    id.copy(this.wanted);
    const slot = this.slotOfWanted();
    return this.used[slot] === 1 ? slot : -1;
  }

  /** The ids in no particular order. Adding while iterating is not supported. */
  *[Symbol.iterator](): Generator<string> {
    for (let slot = 0; slot < this.capacity; slot++) {
      if (this.used[slot] === 1) yield this.slots.toString('hex', slot * ID_BYTES, (slot + 1) * ID_BYTES);
    }
  }

  /** The slot that holds the wanted id, or the free one where it belongs. */
  private slotOfWanted(): number {
    let slot = this.wanted.readUInt32LE(0) & (this.capacity - 1);
    while (this.used[slot] === 1 && this.wanted.compare(this.slots, slot * ID_BYTES, (slot + 1) * ID_BYTES) !== 0) {
      slot = (slot + 1) & (this.capacity - 1);
    }
    return slot;
  }

  private grow(): void {
    const before = { capacity: this.capacity, slots: this.slots, used: this.used };
    this.capacity = before.capacity * 2;
    this.slots = Buffer.alloc(this.capacity * ID_BYTES);
    this.used = new Uint8Array(this.capacity);
    for (let old = 0; old < before.capacity; old++) {
      if (before.used[old] !== 1) continue;
      before.slots.copy(this.wanted, 0, old * ID_BYTES, (old + 1) * ID_BYTES);
      const slot = this.slotOfWanted();
      this.wanted.copy(this.slots, slot * ID_BYTES);
      this.used[slot] = 1;
    }
  }
}
