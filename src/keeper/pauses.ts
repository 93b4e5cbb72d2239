/** The longest pause between two tries (seconds), for most kinds. */
export const LONGEST_PAUSE_SECONDS = 15 * 60;
/** After how many seconds of failing a person is called. */
export const ATTENTION_AFTER_SECONDS = 10 * 60;
/** How often what does not change is told in the log (seconds). */
export const TELL_AGAIN_SECONDS = 24 * 60 * 60;

/** How long to wait after so many tries in vain (at least one), in seconds: 1, 2, 4 and so on. */
export function pauseAfter(tries: number, longestSeconds: number = LONGEST_PAUSE_SECONDS): number {
  return Math.min(longestSeconds, 2 ** Math.min(tries - 1, 20));
}
