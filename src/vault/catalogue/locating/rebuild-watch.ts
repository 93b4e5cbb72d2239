import type { Catalogue } from '../catalogue.js';

/**
 * Tells whoever looks at the rows of a project, and finds something missing, whether it may have been taken out for a rebuild: also
 * for one that began and ended between two questions.
 */
export class RebuildWatch {
  private constructor(
    private readonly catalogue: Pick<Catalogue, 'isBeingRebuilt' | 'countRebuilds'>,
    private readonly project: string,
    private readonly before: { rebuilds: number; underWay: boolean },
  ) {}

  static async begin(
    catalogue: Pick<Catalogue, 'isBeingRebuilt' | 'countRebuilds'>,
    project: string,
  ): Promise<RebuildWatch> {
    const rebuilds = await catalogue.countRebuilds(project);
    return new RebuildWatch(catalogue, project, { rebuilds, underWay: await catalogue.isBeingRebuilt(project) });
  }

  /** Whether one was under way at any time since this began. */
  async hasMet(): Promise<boolean> {
    if (this.before.underWay || (await this.catalogue.isBeingRebuilt(this.project))) return true;
    return (await this.catalogue.countRebuilds(this.project)) !== this.before.rebuilds;
  }
}
