import { Turns } from '../concurrency/turns.js';
import type { ListedEntry, Listing } from '../../vault/listing/listing.js';

/** So many entries are looked at for one page of a search, about: a tenth of a second. */
const MOST_LOOKED_AT = 50_000;

/** What stands on one page of a list. */
export interface ContentsPage<E, K = string> {
  items: E[];
  /** Where the next page begins, for `from`; undefined on the last. A search may have found nothing, and still more to look at. */
  next: K | undefined;
}

export interface PageOptions {
  limit: number;
  /** The `next` of the page before. */
  from?: string | undefined;
  /** What names have to contain, in capitals or not. */
  search?: string | undefined;
}

/**
 * A page of the entries whose keys begin with one of the prefixes, which ascend, and that are wanted. What is looked for is looked for in whole lines first:
 * `wanted` says whether it is in the name.
 */
export async function pageOf<E extends ListedEntry>(
  listing: Listing,
  prefixes: readonly string[],
  { limit, from = '', search }: PageOptions,
  wanted: (entry: ListedEntry) => entry is E,
): Promise<ContentsPage<E>> {
  const items: E[] = [];
  const containing = search === undefined ? '' : inLine(search);
  let lookedAt = 0;
  const turns = new Turns();
  for (const prefix of prefixes) {
    // What was passed with an earlier page.
    if (from > prefix && !from.startsWith(prefix)) continue;
    for await (const { found, lines, next } of listing.range(prefix, { from, containing })) {
      for (const listed of found) {
        if (!wanted(listed.entry)) continue;
        if (items.length === limit) return { items, next: listed.key };
        items.push(listed.entry);
      }
      await turns.pass();
      lookedAt += lines;
      if (lookedAt >= MOST_LOOKED_AT && next !== undefined) return { items, next };
    }
  }
  return { items, next: undefined };
}

/** As it stands in a line of JSON, in small letters. */
function inLine(text: string): string {
  return JSON.stringify(text.toLowerCase()).slice(1, -1);
}

export function hasIn(name: string, search: string | undefined): boolean {
  return search === undefined || name.toLowerCase().includes(search.toLowerCase());
}
