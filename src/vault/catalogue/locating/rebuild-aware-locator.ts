import type { Catalogue, ChunkLocation, ChunkLocator } from '../catalogue.js';
import { beingRebuilt } from '../catalogue-error.js';
import { RebuildWatch } from './rebuild-watch.js';

/**
 * Does not take for lost what is only not in the catalogue yet: while a project's rows are being made anew, a chunk that is
 * not there says nothing. Rejects with `CatalogueError('rebuilding')` then.
 */
export class RebuildAwareLocator implements ChunkLocator {
  constructor(private readonly catalogue: Pick<Catalogue, 'locate' | 'isBeingRebuilt' | 'countRebuilds'>) {}

  async locate(project: string, ids: readonly Buffer[]): Promise<(ChunkLocation | null)[]> {
    const found = await this.catalogue.locate(project, ids);
    if (!found.includes(null)) return found;
    // May have been asked for during a rebuild: only a second answer counts, of which it is known that there was none.
    const watch = await RebuildWatch.begin(this.catalogue, project);
    const again = await this.catalogue.locate(project, ids);
    if (again.includes(null) && (await watch.hasMet())) throw beingRebuilt(project);
    return again;
  }
}
