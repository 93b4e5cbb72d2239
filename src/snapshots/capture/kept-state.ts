/**
 * What a rollback has swapped out and keeps beside the live state, closed to everybody: a safety snapshot is taken of it. As it stands
 * in the snapshot's row, so that whoever captures it needs to know nothing of rollbacks.
 */
export interface KeptState {
  database: { name: string; oid: number } | null;
  directory: string | null;
  /** Which state of the environment it is, as `EnvironmentEntity.stateId` said: only snapshots of the same one are a base for it. */
  state: string | null;
}
