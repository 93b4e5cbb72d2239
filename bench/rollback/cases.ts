export const OWN = 'snapback';

/** A snapshot of what has just been captured, which the first one after a rollback is compared with. */
export const UNCHANGED = 'unchanged snapshot';

/** Of a rollback that rebuilds what it swaps in. */
export interface OrdinaryCase {
  case: 'total' | 'withoutSafety';
  safetySnapshot: boolean;
}

/** In which Snapback rolls back; each beside the same restores of the peers. */
export const ROLLBACKS = ['total', 'withoutSafety', 'standby'] as const;
