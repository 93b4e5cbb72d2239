/** What a run would do to an environment. */
export interface RetentionExtent {
  /** Completed snapshots it has. */
  completed: number;
  /** Of these, that are due. */
  due: number;
  /** How many the last run expected to be old enough by now; null when there was none. */
  forecast: number | null;
  /** They were brought back from the vault, and nobody has looked since. */
  isHeld: boolean;
}

/** One deletion is no slip, whatever share of a few snapshots it is. */
const ALWAYS_ALLOWED = 1;

/**
 * Why a run must not delete what is due before a person has looked; null when it may. What it stops is what no rule can see: a
 * clock that jumped, rows of another time that were brought in, a setting that was meant for another environment. Pure.
 */
export function whyStopped({ completed, due, forecast, isHeld }: RetentionExtent, maxShare: number): string | null {
  if (isHeld && due > 0) {
    return `Retention would delete ${due} of ${completed} snapshots that were brought back from the vault, without the pins and settings they had; nothing was deleted. Pin again what was pinned, look at the settings, and confirm it.`;
  }
  if (due <= ALWAYS_ALLOWED) return null;
  if (due > completed * maxShare) {
    return `Retention would delete ${due} of ${completed} snapshots at once, more than RETENTION_MAX_SHARE (${maxShare}) allows; nothing was deleted.`;
  }
  if (forecast !== null && due > Math.max(forecast, ALWAYS_ALLOWED)) {
    return `Retention would delete ${due} snapshots where the run before expected ${forecast} at most; nothing was deleted.`;
  }
  return null;
}
