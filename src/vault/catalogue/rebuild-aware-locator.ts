import type { Catalogue, ChunkLocation, ChunkLocator } from './catalogue.js';
import { beingRebuilt } from './catalogue-error.js';

/**
 * Does not take for lost what is only not in the catalogue yet: while a project's rows are being made anew, a chunk that is
 * not there says nothing. Rejects with `CatalogueError('rebuilding')` then.
 */
export class RebuildAwareLocator implements ChunkLocator {
  constructor(private readonly catalogue: Pick<Catalogue, 'locate' | 'isBeingRebuilt'>) {}

  async locate(project: string, ids: readonly Buffer[]): Promise<(ChunkLocation | null)[]> {
    const found = await this.locateOutsideRebuild(project, ids);
    // What is missing all the same may have been asked for just before a rebuild ended: only the second answer counts.
    return found.includes(null) ? this.locateOutsideRebuild(project, ids) : found;
  }

  private async locateOutsideRebuild(project: string, ids: readonly Buffer[]): Promise<(ChunkLocation | null)[]> {
    const found = await this.catalogue.locate(project, ids);
    if (found.includes(null) && (await this.catalogue.isBeingRebuilt(project))) throw beingRebuilt(project);
    return found;
  }
}
