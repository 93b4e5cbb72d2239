const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/**
 * What `told` makes of something, or nothing where the service says nothing of it: because there is nothing, or because it is older than this program and
 * does not know of such a thing.
 */
export function known<T>(value: T | null | undefined, told: (value: T) => string): string | undefined {
  return value === null || value === undefined ? undefined : told(value);
}

/** `33.7 MB`; decimal, as sizes of files and rates of disks are told. */
export function bytes(count: number): string {
  let [value, unit] = [count, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `0.7 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function seconds(total: number): string {
  if (total < 9.95) return `${total.toFixed(1)} s`;
  const whole = Math.round(total);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(whole, 60, 'min', 's');
  if (whole < 86_400) return two(Math.round(whole / 60), 60, 'h', 'min');
  return two(Math.round(whole / 3600), 24, 'd', 'h');
}

function two(count: number, base: number, large: string, small: string): string {
  const rest = count % base;
  return `${Math.floor(count / base)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** `just now`, `4 min ago`, `in 55 min`; `3 d ago` up to ten days, and the date from then on. */
export function relativeTime(time: string, now: number): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return time;
  const away = Math.abs(at - now) / 1000;
  if (away < 5) return 'just now';
  if (away > 10 * 86_400) return new Date(at).toISOString().slice(0, 10);
  const told = roughly(away);
  return at < now ? `${told} ago` : `in ${told}`;
}

function roughly(away: number): string {
  if (away < 60) return `${Math.round(away)} s`;
  if (away < 3600) return `${Math.round(away / 60)} min`;
  if (away < 86_400) return `${Math.round(away / 3600)} h`;
  return `${Math.round(away / 86_400)} d`;
}

/** `1 file`, `2,000 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** What was found, with the code by which the documents know it. */
export function finding({ code, message }: { code: string; message: string }): string {
  return `${message} (${code})`;
}
