import type { ChunkLocation, ChunkLocator } from '../catalogue.js';

interface Waiting {
  ids: readonly Buffer[];
  resolve: (locations: (ChunkLocation | null)[]) => void;
  reject: (error: unknown) => void;
}

/**
 * Puts the questions of one turn of the event loop into one: a
 * restore that reads hundreds of small files side by side asks once for all of them.
 */
export class BatchedLocator implements ChunkLocator {
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(private readonly catalogue: ChunkLocator) {}

  locate(project: string, ids: readonly Buffer[]): Promise<(ChunkLocation | null)[]> {
    return new Promise((resolve, reject) => {
      const together = this.waiting.get(project);
      if (together !== undefined) {
        together.push({ ids, resolve, reject });
        return;
      }
      this.waiting.set(project, [{ ids, resolve, reject }]);
      setImmediate(() => void this.ask(project));
    });
  }

  private async ask(project: string): Promise<void> {
    const asked = this.waiting.get(project) ?? [];
    this.waiting.delete(project);
    try {
      const found = await this.catalogue.locate(
        project,
        asked.flatMap(({ ids }) => ids),
      );
      let at = 0;
      for (const { ids, resolve } of asked) resolve(found.slice(at, (at += ids.length)));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
