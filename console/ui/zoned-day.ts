const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/** The day that it is in a zone at a time: `2026-11-30`. */
export function dayOf(time: Date, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(time);
}

/** The last second of a day (`2026-11-30`) in a zone: what is kept "until that day" is kept so long. */
export function endOfDay(day: string, zone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`) + DAY_MS;
  // Clocks may be changed between here and there: the offset of a first guess, then that of where it leads to.
  const guess = midnight - offsetAt(new Date(midnight), zone);
  return new Date(midnight - offsetAt(new Date(guess), zone) - SECOND_MS);
}

/** How much clocks of a zone are ahead of UTC, in milliseconds. */
function offsetAt(time: Date, zone: string): number {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const wholeSeconds = Math.floor(time.getTime() / SECOND_MS) * SECOND_MS;
  return Date.parse(`${shown.format(time).replace(' ', 'T')}Z`) - wholeSeconds;
}
