const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Milliseconds since 1970 of a date, or of a date and a time; of the local zone unless it says another. A date alone is its end. Undefined when it is none. */
export function timeOf(text: string): number | undefined {
  if (!TIME.test(text)) return undefined;
  const isDate = text.length === 10;
  const time = Date.parse(isDate ? `${text}T23:59:59.999` : text.replace(' ', 'T'));
  return Number.isNaN(time) || !isDayOfCalendar(text.slice(0, 10)) ? undefined : time;
}

/** February 30 is none, though there are programs that take it for March 2. */
function isDayOfCalendar(day: string): boolean {
  const start = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(start.getTime()) && start.toISOString().startsWith(day);
}
