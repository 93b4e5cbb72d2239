/** Items of a list that an event has: what is said of ten thousand files is for whoever asks. */
const MOST_ITEMS = 20;
/** Characters of a text. */
const LONGEST_TEXT = 2_000;

/** The same with lists and texts cut, so that no event is larger than some hundred kilobytes. Pure. */
export function bounded<T>(value: T): T {
  return cut(value) as T;
}

function cut(value: unknown): unknown {
  if (typeof value === 'string') return value.length > LONGEST_TEXT ? shortened(value) : value;
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(cut);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cut(inner)]));
}

/** Between characters: half of one would not be JSON in UTF-8. */
function shortened(text: string): string {
  return `${text.slice(0, LONGEST_TEXT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
