import type { ChunkLocation, ChunkLocator } from '../catalogue.js';

/** About 20 MB. */
const DEFAULT_ENTRIES = 50_000;

/**
 * Remembers where the chunks lie that were asked for last, for one reader: many files share chunks, and files that
 * were captured together are read together. What was not found is not remembered.
 */
export class CachedCatalogue implements ChunkLocator {
  // A Map remembers the order in which its keys came: the first is the one that was used longest ago.
  private readonly locations = new Map<string, ChunkLocation>();

  constructor(
    private readonly catalogue: ChunkLocator,
    private readonly entries = DEFAULT_ENTRIES,
  ) {}

  async locate(project: string, ids: readonly Buffer[]): Promise<(ChunkLocation | null)[]> {
    const found = ids.map((id) => this.recall(keyOf(project, id)));
    const missing = ids.flatMap((_, index) => (found[index] === null ? [index] : []));
    if (missing.length === 0) return found;
    const asked = await this.catalogue.locate(
      project,
      missing.map((index) => ids[index]!),
    );
    for (const [nth, index] of missing.entries()) {
      const location = asked[nth] ?? null;
      found[index] = location;
      if (location) this.remember(keyOf(project, ids[index]!), location);
    }
    return found;
  }

  /** For chunks that were no longer where they had been said to be: the next `locate()` asks anew. */
  forget(project: string, ids: readonly Buffer[]): void {
    for (const id of ids) this.locations.delete(keyOf(project, id));
  }

  private recall(key: string): ChunkLocation | null {
    const location = this.locations.get(key);
    if (!location) return null;
    this.locations.delete(key);
    this.locations.set(key, location);
    return location;
  }

  private remember(key: string, location: ChunkLocation): void {
    this.locations.delete(key);
    this.locations.set(key, location);
    if (this.locations.size <= this.entries) return;
    for (const oldest of this.locations.keys()) {
      this.locations.delete(oldest);
      return;
    }
  }
}

function keyOf(project: string, id: Buffer): string {
  return project + id.toString('latin1');
}
