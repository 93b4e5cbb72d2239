/** So many are named in a sentence. */
const NAMED = 10;

/** The first ones, and how many more there are. */
export function someOf(names: readonly string[], between = ', '): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(between)}${more > 0 ? ` and ${more} more` : ''}`;
}
