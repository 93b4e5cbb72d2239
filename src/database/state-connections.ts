/**
 * The connections of one process to the service's own database, by the name under which the server shows them, besides those of
 * the pool that `DATABASE_POOL_SIZE` is the size of. Whatever opens another one is named here: people set `max_connections` by it.
 */
export const STATE_CONNECTIONS = {
  /** Of the job queue: what it does itself, and the one that listens. */
  'snapback-jobs': { pool: 4, listening: 1 },
  /** The one that listens for progress. */
  'snapback-progress': { listening: 1 },
  /** Of the vault's catalogue: collections hold one each, captures one for each pack that is being recorded. */
  'snapback vault': { pool: 10 },
} as const;

/** All of them together. */
export const BESIDES_POOL = Object.values(STATE_CONNECTIONS)
  .flatMap((kinds): number[] => Object.values(kinds))
  .reduce((sum, count) => sum + count, 0);
