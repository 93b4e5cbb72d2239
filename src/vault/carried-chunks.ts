import type { CaptureLease, Catalogue } from './catalogue/catalogue.js';
import { VaultError } from './vault-error.js';

/** Ids in one look-up: a carried-over filestore has one chunk a file, and a question for each would take longer than reading it. */
const BATCH = 2_500;

/**
 * Chunks that a capture's entries name without the capture having stored them: carried over from its base. They are
 * looked up in batches, each of which has to be found before the capture publishes.
 */
export class CarriedChunks {
  private waiting: string[] = [];
  private lookedUp: Promise<void> = Promise.resolve();

  /** `found` is told of the pack that holds each of them, in hexadecimal. */
  constructor(
    private readonly catalogue: Pick<Catalogue, 'findChunks'>,
    private readonly lease: CaptureLease,
    private readonly found: (packId: string) => void,
  ) {}

  /** Waits while there are many. Rejects with `VaultError('chunk-missing')`, for this one or for one before. */
  async add(id: string): Promise<void> {
    this.waiting.push(id);
    if (this.waiting.length >= BATCH) await this.flush();
  }

  /** Resolves when all of them are found. Rejects as `add()` does. */
  async flush(): Promise<void> {
    const ids = this.waiting;
    this.waiting = [];
    this.lookedUp = this.lookedUp.then(() => this.lookUp(ids));
    // Whoever publishes meets the failure, whether or not this caller waits for it.
    this.lookedUp.catch(() => undefined);
    await this.lookedUp;
  }

  private async lookUp(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const locations = await this.catalogue.findChunks(
      this.lease.project,
      ids.map((id) => Buffer.from(id, 'hex')),
    );
    for (const [index, location] of locations.entries()) {
      if (!location) throw new VaultError('chunk-missing', `The vault does not hold the chunk ${ids[index]} any more.`);
      this.found(location.packId.toString('hex'));
    }
  }
}
