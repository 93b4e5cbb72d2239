/**
 * SQL, before a statement that is a transaction by itself, which takes `unsynced` into its FROM: nobody waits for the disk to have it. For what is
 * about the present alone: a server that crashes takes it along, and the present with it.
 */
export const UNSYNCED = `WITH unsynced AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;
