/** Injection token of the replica's `StorePlace`; undefined where none is configured. */
export const REPLICA_PLACE = Symbol('place of the replica');
