import type { BundleMark, Span } from './marks.js';

export const RANGES = [
  { days: 7, label: '7 days' },
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: null, label: 'All' },
] as const;

export type RangeDays = (typeof RANGES)[number]['days'];

const DAY_MS = 86_400_000;
/** What is newest does not stick to the edge. */
const AHEAD = 0.025;

/** @param oldest of what is known, in milliseconds since 1970: where a range without beginning begins */
export function spanOf(days: RangeDays, now: number, oldest: number | undefined): Span {
  const from = days === null ? Math.min(oldest ?? now, now - DAY_MS) : now - days * DAY_MS;
  return { from: days === null ? from - (now - from) * AHEAD : from, to: now + (now - from) * AHEAD };
}

/** A bundle, with a little of what is around it. */
export function spanAround({ from, to }: BundleMark): Span {
  const margin = (to - from) * 0.1;
  return { from: from - margin, to: to + margin };
}
