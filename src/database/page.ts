/** What a list was asked for. The contract fills in the defaults; they stand here for calls within the service. */
export interface PageQuery {
  limit?: number;
  offset?: number;
}

export interface Page<T> {
  items: T[];
  total: number;
  limit: number;
  offset: number;
}

const DEFAULT_LIMIT = 20;

/** Which rows a query should take, and how many to pass over. */
export function boundsOf({ limit = DEFAULT_LIMIT, offset = 0 }: PageQuery): Required<PageQuery> {
  return { limit, offset };
}

/** The answer of every list: one page and how many items there are in all. */
export function toPage<T>(items: T[], total: number, query: PageQuery): Page<T> {
  return { items, total, ...boundsOf(query) };
}
