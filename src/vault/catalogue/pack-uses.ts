import type { Holding, PackUse } from './catalogue-records.js';

/** Adds up what a manifest needs of each pack, chunk by chunk; whoever calls sees to it that each chunk comes once. */
export class PackUses implements Iterable<PackUse> {
  private readonly uses = new Map<string, PackUse>();

  add({ packId, storedBytes }: Holding): void {
    this.addUse({ packId, chunks: 1, bytes: storedBytes });
  }

  addUse({ packId, chunks, bytes }: PackUse): void {
    const key = packId.toString('latin1');
    const use = this.uses.get(key);
    if (use === undefined) this.uses.set(key, { packId, chunks, bytes });
    else {
      use.chunks += chunks;
      use.bytes += bytes;
    }
  }

  [Symbol.iterator](): Iterator<PackUse> {
    return this.uses.values();
  }
}
