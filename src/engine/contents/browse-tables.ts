import type { Listing } from '../../vault/listing/listing.js';
import type { ListedTable } from '../../vault/listing/listing-builder.js';
import type { LeftOutTableEntry } from '../../vault/manifests/manifest.js';
import type { ListedEntry } from '../../vault/listing/listing.js';
import { OF_TABLES } from '../../vault/listing/listing-key.js';
import { type ContentsPage, hasIn, pageOf, type PageOptions } from './browse.js';

/** A table in a snapshot, or one that it has left out. */
export type BrowsedTable = ListedTable | LeftOutTableEntry;

/** A page of the tables of a snapshot, and of those that it has left out, by schema and name; those that have the search in their name, or in `schema.name`. Rejects as the listing does. */
export function tablesPage(listing: Listing, options: PageOptions): Promise<ContentsPage<BrowsedTable>> {
  // A name with its schema is in no line as it is.
  const search = options.search?.split('.').at(-1);
  return pageOf(listing, [OF_TABLES], { ...options, search }, (entry): entry is BrowsedTable => {
    return isTable(entry) && hasIn(`${entry.schema}.${entry.name}`, options.search);
  });
}

export function isTable(entry: ListedEntry): entry is BrowsedTable {
  return entry.kind === 'table' || (entry.kind === 'left-out' && entry.of !== 'unreadable');
}
