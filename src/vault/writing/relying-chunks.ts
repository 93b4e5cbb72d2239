import type { CaptureLease, Catalogue } from '../catalogue/catalogue.js';
import type { Holding } from '../catalogue/catalogue-records.js';
import { ChunkIdSet } from '../chunking/chunk-id-set.js';
import { VaultError } from '../vault-error.js';

/** Ids in one look-up: a carried-over filestore has one chunk a file, and a question for each would take longer than reading it. */
const BATCH = 2_500;

/**
 * Chunks that a capture's entries name: carried over from its base, or read by this capture and on their way into a pack. They are looked
 * up in batches, and each of them has to be found before the capture publishes.
 */
export class RelyingChunks {
  /** Each id's 32 bytes. */
  private waiting: Buffer[] = [];
  private lookedUp: Promise<void> = Promise.resolve();
  /** Of no pack so far: still on their way, or not there at all. */
  private readonly unsettled = new ChunkIdSet();

  /** `known`: those that this capture has found or stored. `found` is told where another one is, and makes it one of them. */
  constructor(
    private readonly catalogue: Pick<Catalogue, 'packsHolding' | 'renewCapture'>,
    private readonly lease: CaptureLease,
    private readonly known: Pick<ChunkIdSet, 'hasBytes'>,
    private readonly found: (id: Buffer, holding: Holding) => void,
  ) {}

  /** Whoever has added some waits for `room()`. */
  add(id: Buffer): void {
    if (!this.known.hasBytes(id)) this.waiting.push(id);
  }

  /**
   * Resolves when there are few enough for more; one batch is looked up meanwhile. Rejects with
   * `CatalogueError('lease-lost')`.
   */
  async room(): Promise<void> {
    if (this.waiting.length < BATCH) return;
    const before = this.lookedUp;
    this.begin();
    await before;
  }

  /**
   * Resolves when all of them are found; called when nothing is on its way any more. Rejects with `VaultError('chunk-missing')`, and as
   * `room()` does.
   */
  async settle(): Promise<void> {
    this.begin();
    await this.lookedUp;
    for (const id of this.unsettled) {
      if (!this.known.hasBytes(Buffer.from(id, 'hex')))
        throw new VaultError('chunk-missing', `The vault does not hold the chunk ${id} any more.`);
    }
  }

  private begin(): void {
    const ids = this.waiting;
    this.waiting = [];
    this.lookedUp = this.lookedUp.then(() => this.lookUp(ids.filter((id) => !this.known.hasBytes(id))));
    // Whoever publishes meets the failure, whether or not this caller waits for it.
    this.lookedUp.catch(() => undefined);
  }

  private async lookUp(ids: readonly Buffer[]): Promise<void> {
    if (ids.length === 0) return;
    const packs = await this.catalogue.packsHolding(this.lease.project, ids);
    // Rows that a rebuild is about to make anew are no loss. It takes the lease before the first of them goes: as long as this
    // is renewed, they were all there.
    if (packs.includes(null)) await this.catalogue.renewCapture(this.lease);
    for (const [index, holding] of packs.entries()) {
      if (holding) this.found(ids[index]!, holding);
      else this.unsettled.addBytes(ids[index]!);
    }
  }
}
