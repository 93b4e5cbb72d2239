/** However long an answer asks to wait. */
export const LONGEST_PAUSE_MS = 60_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_BACKOFF_MS = 8_000;

/**
 * How long an answer asks to wait, at most a minute; undefined when it does not say. A date is measured against the answer's own `Date`: a clock
 * that is wrong, there or here, makes no difference.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const asked = headers.get('retry-after')?.trim();
  if (asked === undefined || asked === '') return undefined;
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - answeredAt(headers, now);
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_PAUSE_MS);
}

/** The pause before the attempt that follows so many in vain; `random` spreads those whom the same trouble has sent away. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const full = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
  return full * (0.75 + random() / 2);
}

function answeredAt(headers: Headers, now: number): number {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? now : date;
}
