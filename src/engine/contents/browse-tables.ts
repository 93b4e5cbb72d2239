import type { Listing } from '../../vault/listing/listing.js';
import type { ListedTable } from '../../vault/listing/listing-builder.js';
import { OF_TABLES } from '../../vault/listing/listing-key.js';
import { type ContentsPage, hasIn, pageOf, type PageOptions } from './browse.js';

/** A page of the tables of a snapshot, by schema and name; those that have the search in their name, or in `schema.name`. Rejects as the listing does. */
export function tablesPage(listing: Listing, options: PageOptions): Promise<ContentsPage<ListedTable>> {
  // A name with its schema is in no line as it is.
  const search = options.search?.split('.').at(-1);
  return pageOf(listing, [OF_TABLES], { ...options, search }, (entry): entry is ListedTable => {
    return entry.kind === 'table' && hasIn(`${entry.schema}.${entry.name}`, options.search);
  });
}
