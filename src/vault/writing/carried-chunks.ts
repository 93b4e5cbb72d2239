import type { CaptureLease, Catalogue } from '../catalogue/catalogue.js';
import type { Holding } from '../catalogue/catalogue-records.js';
import { VaultError } from '../vault-error.js';

/** Ids in one look-up: a carried-over filestore has one chunk a file, and a question for each would take longer than reading it. */
const BATCH = 2_500;

/**
 * Chunks that a capture's entries name without the capture having stored them: carried over from its base. They are
 * looked up in batches, each of which has to be found before the capture publishes.
 */
export class CarriedChunks {
  private waiting: string[] = [];
  private lookedUp: Promise<void> = Promise.resolve();

  /** `found` is told where each of them is, once. */
  constructor(
    private readonly catalogue: Pick<Catalogue, 'packsHolding' | 'renewCapture'>,
    private readonly lease: CaptureLease,
    private readonly found: (holding: Holding) => void,
  ) {}

  /** Whoever has added some waits for `room()`. */
  add(id: string): void {
    this.waiting.push(id);
  }

  /**
   * Resolves when there are few enough for more; one batch is looked up meanwhile. Rejects with
   * `VaultError('chunk-missing')` for any of those before, and with `CatalogueError('lease-lost')`.
   */
  async room(): Promise<void> {
    if (this.waiting.length < BATCH) return;
    const before = this.lookedUp;
    this.begin();
    await before;
  }

  /** Resolves when all of them are found. Rejects as `room()` does. */
  async flush(): Promise<void> {
    this.begin();
    await this.lookedUp;
  }

  private begin(): void {
    const ids = this.waiting;
    this.waiting = [];
    this.lookedUp = this.lookedUp.then(() => this.lookUp(ids));
    // Whoever publishes meets the failure, whether or not this caller waits for it.
    this.lookedUp.catch(() => undefined);
  }

  private async lookUp(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const packs = await this.catalogue.packsHolding(
      this.lease.project,
      ids.map((id) => Buffer.from(id, 'hex')),
    );
    // Rows that a rebuild is about to make anew are no loss. It takes the lease before the first of them goes: as long as this
    // is renewed, they were all there.
    if (packs.includes(null)) await this.catalogue.renewCapture(this.lease);
    for (const [index, holding] of packs.entries()) {
      if (!holding) throw new VaultError('chunk-missing', `The vault does not hold the chunk ${ids[index]} any more.`);
      this.found(holding);
    }
  }
}
