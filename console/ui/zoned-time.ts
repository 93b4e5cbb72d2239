/**
 * The moment at which clocks on the walls of a zone show `2026-11-20T10:00`; undefined for what is no such time. Of an hour that comes twice, when
 * clocks are set back, it is one of the two; one that is left out is taken as if clocks had not been set yet, or had been.
 */
export function momentIn(zone: string, wall: string): Date | undefined {
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  // The offset there and then is that of a moment that is at most a change of clocks away.
  const near = asUtc - offsetOf(zone, asUtc);
  return new Date(asUtc - offsetOf(zone, near));
}

/** What clocks of the zone show at a moment, as a field for times takes it: `2026-11-20T10:00`. */
export function wallIn(zone: string, time: number): string {
  return new Date(time + offsetOf(zone, time)).toISOString().slice(0, 16);
}

const DAY_MS = 86_400_000;

/** The last moment at which clocks of the zone showed midnight; to the hour where they have been set since. */
export function midnightBefore(zone: string, time: number): number {
  return time - ((time + offsetOf(zone, time)) % DAY_MS);
}

/** By how many milliseconds clocks of the zone are ahead of UTC. */
function offsetOf(zone: string, time: number): number {
  const shown = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(time);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(shown.find((each) => each.type === type)?.value);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(time / 1000) * 1000;
}
