import { midnightBefore } from '../../ui/zoned-time.js';
import type { Span } from './marks.js';

/** Where lanes and axis lie, in pixels. */
export const GUTTER = 104;
export const RIGHT = 18;
export const HEIGHT = 226;
export const AXIS_Y = 198;
export const LANE_Y = { full: 40, differential: 92, deploy: 138, rollback: 174 } as const;
/** So far apart must marks be to be told apart. */
export const MARK_PX = 8;

const DAY_MS = 86_400_000;
const TICK_DAYS = [1, 2, 5, 7, 14, 30, 61, 91, 182, 365, 730];
const TICK_PX = 84;

export interface Scale {
  span: Span;
  width: number;
  x: (at: number) => number;
}

export function scaleOf(span: Span, width: number): Scale {
  const room = plotWidth(width);
  return { span, width, x: (at) => GUTTER + ((at - span.from) / (span.to - span.from)) * room };
}

export function plotWidth(width: number): number {
  return Math.max(1, width - GUTTER - RIGHT);
}

export interface Tick {
  at: number;
  label: string;
}

/** Days at which the axis says the date: as many as can be read, at midnight in the zone; of less than three days the hours too. */
export function ticksOf({ span, width }: Scale, zone: string): Tick[] {
  const most = Math.max(2, Math.floor(plotWidth(width) / TICK_PX));
  const days = (span.to - span.from) / DAY_MS;
  if (days < 3) return hours(span, most, zone);
  const step = (TICK_DAYS.find((each) => days / each <= most) ?? 1825) * DAY_MS;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    ...(days > 330 && { year: '2-digit' }),
  });
  const ticks: Tick[] = [];
  for (let at = midnightBefore(zone, span.to); at >= span.from; at -= step)
    ticks.push({ at, label: format.format(at) });
  return ticks;
}

const HOUR_MS = 3_600_000;

function hours({ from, to }: Span, most: number, zone: string): Tick[] {
  const step = ([1, 2, 3, 6, 12].find((each) => (to - from) / HOUR_MS / each <= most) ?? 24) * HOUR_MS;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  const ticks: Tick[] = [];
  for (let at = Math.floor(to / step) * step; at >= from; at -= step) ticks.push({ at, label: format.format(at) });
  return ticks;
}
