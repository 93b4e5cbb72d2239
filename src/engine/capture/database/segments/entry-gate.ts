import type { ManifestEntry } from '../../../../vault/manifests/manifest.js';
import type { CaptureWriter } from '../../../../vault/vault.js';
import { Turns } from '../../../concurrency/turns.js';

/**
 * The entry of the database comes before those of its tables, and is known only when the definitions have been
 * dumped, which runs beside the reading of rows. What is ready before it waits here: it names content, a
 * hundredth of a percent of it, and does not hold it.
 */
export class EntryGate {
  private waiting: ManifestEntry[] | null = [];

  constructor(private readonly writer: CaptureWriter) {}

  async add(entry: ManifestEntry): Promise<void> {
    if (this.waiting) this.waiting.push(entry);
    else await this.writer.add(entry);
  }

  /** Adds this entry first, and from then on all others without waiting. */
  async open(first: ManifestEntry): Promise<void> {
    await this.writer.add(first);
    const turns = new Turns();
    while (this.waiting && this.waiting.length > 0) {
      const entries = this.waiting;
      this.waiting = [];
      // One after the other: a table goes before its segments.
      for (const entry of entries) {
        await this.writer.add(entry);
        await turns.pass();
      }
    }
    this.waiting = null;
  }
}
