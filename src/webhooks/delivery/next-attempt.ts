/** After how many seconds a delivery is tried again that was made once, twice and so on, as Standard Webhooks has it. */
const PAUSES_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
/** By so much of itself a pause is longer or shorter at the most, so that what failed together does not come again together. */
const JITTER = 0.1;
/** The receiver did not answer, or says that it is not there just now: what else there is for it waits, too. */
const AWAY = new Set([429, 502, 503, 504]);
/** After so many days of nothing but failures nobody is told any more. */
const DISABLED_AFTER_DAYS = 5;
/** How often at least the last of them was tried, so that one who was away long ago is not given up for one bad moment. */
const TRIED_AT_LEAST = 4;

/** What came of a try: the status of the answer; null: there was none. */
export type Answer = number | null;

/** How long to wait after so many tries in vain (at least one), in seconds; null: no longer. `random` is from 0 to 1. Pure. */
export function pauseAfterAttempt(attempts: number, random: number): number | null {
  const pause = PAUSES_SECONDS[attempts - 1];
  return pause === undefined ? null : pause * (1 - JITTER + 2 * JITTER * random);
}

export function hasArrived(answer: Answer): boolean {
  return answer !== null && answer >= 200 && answer <= 299;
}

/** Whether it is the receiver, and not what it was sent. */
export function isAway(answer: Answer): boolean {
  return answer === null || AWAY.has(answer);
}

/** Why nobody is told any more there, if so: it has said that it is gone, or it has failed for too long. Pure. */
export function whyDisabled(
  answer: Answer,
  { failingSince, attempts }: { failingSince: Date; attempts: number },
  now: Date,
): 'gone' | 'failing' | null {
  if (answer === 410) return 'gone';
  const days = (now.getTime() - failingSince.getTime()) / 86_400_000;
  return days >= DISABLED_AFTER_DAYS && attempts >= TRIED_AT_LEAST ? 'failing' : null;
}
