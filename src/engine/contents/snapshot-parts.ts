import type { DatabaseEntry, DescriptionEntry, SegmentEntry } from '../../vault/manifests/manifest-database.js';
import { OF_OTHERS, segmentsOf } from '../../vault/listing/listing-key.js';
import type { ListedEntry, Listing } from '../../vault/listing/listing.js';
import type { Vault } from '../../vault/vault.js';
import type { DescriptionStream } from '../postgres/description/described-object.js';
import { readDescription } from '../postgres/description/description-content.js';

/** A snapshot that is looked into. */
export interface OpenedSnapshot {
  vault: Pick<Vault, 'readContent'>;
  project: string;
  listing: Listing;
}

/** Of the entries that are neither files nor of tables, the first of a kind; the database's come before all others. */
export async function firstOf<K extends 'database' | 'description'>(
  listing: Listing,
  kind: K,
): Promise<(K extends 'database' ? DatabaseEntry : DescriptionEntry) | undefined> {
  const isIt = (entry: ListedEntry) => entry.kind === kind;
  for await (const { found } of listing.range(OF_OTHERS, { containing: `"kind":"${kind}"` })) {
    const first = found.find(({ entry }) => isIt(entry));
    if (first !== undefined) return first.entry as never;
  }
  return undefined;
}

/** What every object of the database is; undefined in snapshots from before it was captured, and without a database. Throws as the vault does. */
export async function descriptionOf({
  vault,
  project,
  listing,
}: OpenedSnapshot): Promise<DescriptionStream | undefined> {
  const entry = await firstOf(listing, 'description');
  return entry && readDescription(vault.readContent(project, entry.content));
}

/** Those of a table, in the order of their blocks. */
export async function segmentsIn(listing: Listing, table: number): Promise<SegmentEntry[]> {
  const segments: SegmentEntry[] = [];
  for await (const { found } of listing.range(segmentsOf(table))) {
    for (const { entry } of found) if (entry.kind === 'segment') segments.push(entry);
  }
  return segments;
}
