/**
 * What a rollback has swapped out and keeps beside the live state, closed to everybody: a safety snapshot is taken of it. As it stands
 * in the snapshot's row, so that whoever captures it needs to know nothing of rollbacks.
 */
export interface KeptState {
  database: { name: string; oid: number } | null;
  directory: string | null;
  /** When it was swapped out, in ISO 8601: what the environment was captured to since is no base for it. */
  since: string;
}
