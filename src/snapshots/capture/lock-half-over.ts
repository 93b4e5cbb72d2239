const DAY_MS = 24 * 60 * 60_000;

/**
 * Whether less than half of the time is left for which a vault locks snapshots. An environment that does not change, and whose snapshots are
 * skipped for that, would come to have nothing that is locked; so another one is taken then. False where the vault does not lock.
 */
export function isLockHalfOver(lockedUntil: Date | null, lockDays: number | undefined, now: Date): boolean {
  if (lockDays === undefined) return false;
  return lockedUntil === null || lockedUntil.getTime() - now.getTime() < (lockDays * DAY_MS) / 2;
}
