const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in binary units with three digits: `1.46 GiB`. */
export function bytes(count: number): string {
  const exponent = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(count) / 10));
  const amount = count / 1024 ** exponent;
  // What would be rounded to 1024 of a unit is one of the next.
  if (Math.round(amount) >= 1024 && exponent < UNITS.length - 1) return `1.00 ${UNITS[exponent + 1]}`;
  const digits = exponent === 0 || amount >= 100 ? 0 : amount >= 10 ? 1 : 2;
  return `${amount.toFixed(digits)} ${UNITS[exponent]}`;
}

export function count(amount: number): string {
  return amount.toLocaleString('en');
}

/** `84 ms`, `6.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  if (seconds < 3570) return parts(Math.round(seconds), 60, 'min', 's');
  if (seconds < 86_370) return parts(Math.round(seconds / 60), 60, 'h', 'min');
  return parts(Math.round(seconds / 3600), 24, 'd', 'h');
}

function parts(small: number, perLarge: number, large: string, unit: string): string {
  const [whole, rest] = [Math.floor(small / perLarge), small % perLarge];
  return rest === 0 ? `${whole} ${large}` : `${whole} ${large} ${rest} ${unit}`;
}

/** `3 minutes ago`, `in 2 days`, `just now`. */
export function relative(time: Date, now: Date): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 10) return seconds > 1 ? 'in a moment' : 'just now';
  const [unit, length] =
    UNITS_OF_TIME.findLast(([, length]) => Math.abs(seconds) >= length * 0.995) ?? UNITS_OF_TIME[0]!;
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(Math.round(seconds / length), unit);
}

const UNITS_OF_TIME: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['month', 30.44 * 86_400],
  ['year', 365.25 * 86_400],
];

/** To the second, in a zone of the IANA database, which is named. */
export function exact(time: Date, zone: string): string {
  const formatted = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(time);
  return `${formatted} (${zone})`;
}

/** To the minute, in a zone, for a title: `30 Nov 2026, 09:12`. */
export function toTheMinute(time: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(time);
}
