import { SnapbackError } from './errors/snapback-error.js';

/** One page of a list. */
export interface Page<T> {
  items: readonly T[];
  total: number;
  nextCursor: string | null;
}

export interface PageQuery {
  limit?: number;
  cursor?: string;
}

/** All items of a list, page by page as they are needed: `for await (const snapshot of snapback.snapshots.list(id))`. Nothing is asked for before that. */
export class Pages<T, P extends Page<T>> implements AsyncIterable<T> {
  constructor(
    private readonly load: (query: PageQuery) => Promise<P>,
    private readonly pageSize?: number,
  ) {}

  /** The first page, with how many items there are in all. */
  first(): Promise<P> {
    return this.load(this.pageSize === undefined ? {} : { limit: this.pageSize });
  }

  /** Page by page. By cursor: what is created or deleted meanwhile makes no item come twice or not at all. */
  async *pages(): AsyncGenerator<P, void> {
    let page = await this.first();
    for (;;) {
      yield page;
      const { nextCursor: cursor } = page;
      if (cursor === null) return;
      // Without it the first page would be asked for again and again.
      if (typeof cursor !== 'string')
        throw new SnapbackError('The service is older than this client: its lists have no cursors.');
      page = await this.load(this.pageSize === undefined ? { cursor } : { limit: this.pageSize, cursor });
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for await (const page of this.pages()) yield* page.items;
  }

  /** All of them at once. */
  async toArray(): Promise<T[]> {
    const items: T[] = [];
    for await (const page of this.pages()) items.push(...page.items);
    return items;
  }
}
