/** So many are named in a sentence, unless told. */
const NAMED = 10;

/** The first ones, and how many more there are. */
export function someOf(names: readonly string[], { most = NAMED, between = ', ' } = {}): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(between)}${more > 0 ? ` and ${more} more` : ''}`;
}
