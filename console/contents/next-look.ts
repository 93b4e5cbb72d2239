/** So many pages in a row that are not full are asked for without anybody asking: some hundred thousand names. */
const BY_ITSELF = 5;

export type NextLook = 'nothing' | 'as-one-scrolls' | 'by-itself' | 'when-asked';

/**
 * How the next page comes. Full ones come as one scrolls. A search has pages with few items or none, which come by themselves; after some of them whoever
 * searches is told, and says whether it is worth going on: it may be a filestore of millions.
 *
 * @param sizes how many items each page has
 */
export function nextLook(sizes: readonly number[], hasNext: boolean, limit: number): NextLook {
  if (!hasNext) return 'nothing';
  const short = sizes.length - 1 - sizes.findLastIndex((size) => size >= limit);
  if (short === 0) return 'as-one-scrolls';
  return short % BY_ITSELF === 0 ? 'when-asked' : 'by-itself';
}
