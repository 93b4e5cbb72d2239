/** So many are named in a sentence, unless told. */
const NAMED = 10;

export interface SomeOfOptions {
  most?: number;
  between?: string;
  /** Of all, where only the first names are known. */
  count?: number;
}

/** The first ones, and how many more there are. */
export function nameSome(
  names: readonly string[],
  { most = NAMED, between = ', ', count = names.length }: SomeOfOptions = {},
): string {
  const shown = names.slice(0, most);
  const more = count - shown.length;
  return `${shown.join(between)}${more > 0 ? ` and ${more} more` : ''}`;
}
