import type { QueryResultRow } from 'pg';

/** What answers statements, on whichever thread its connection is. */
export interface Queries {
  query<R extends QueryResultRow>(text: string, values?: unknown[]): Promise<{ rows: R[] }>;
}
