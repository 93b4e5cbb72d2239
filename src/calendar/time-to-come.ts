/** Years from now within which a time has to be that people name: what lies further away nobody can tell, or may as well have no end. */
export const MOST_YEARS = 10;

/** Whether a time is not over yet, and not more than `MOST_YEARS` away. Pure. */
export function isToCome(at: Date, now: Date): boolean {
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + MOST_YEARS);
  return at > now && at <= latest;
}

/** What is said of one that is not, to be read after its name. */
export const NOT_TO_COME = `must be a time to come, at most ${MOST_YEARS} years from now`;
