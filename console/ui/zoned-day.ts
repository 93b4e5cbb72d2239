import { momentIn } from './zoned-time.js';

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/** The day that it is in a zone at a time: `2026-11-30`. */
export function dayOf(time: Date, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(time);
}

/** The last second of a day (`2026-11-30`) in a zone: what is kept "until that day" is kept so long. */
export function endOfDay(day: string, zone: string): Date {
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
  const midnight = momentIn(zone, `${next}T00:00`);
  return new Date((midnight?.getTime() ?? Number.NaN) - SECOND_MS);
}
