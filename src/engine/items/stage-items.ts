import { TreeRoot } from '../filestore/paths/tree-root.js';
import { identityIn } from '../filestore/paths/directory-identity.js';
import { encodePath } from '../filestore/paths/encoded-path.js';
import { HeldPath, lookAt } from '../filestore/paths/held-path.js';
import { stagedDirectoryOf } from '../filestore/paths/states-place.js';
import { contentsOf } from '../filestore/staging/content-source.js';
import { stageFilestore } from '../filestore/staging/stage-filestore.js';
import type { StagedEntry } from '../filestore/staging/tree-builder.js';
import { bytesOfPath, entriesBelow } from '../../vault/listing/listing-key.js';
import type { Listing } from '../../vault/listing/listing.js';
import type { VaultReader } from '../../vault/vault.js';
import { type AskedPath, fileAt, isPart } from '../contents/browse-files.js';
import { EngineError } from '../engine-error.js';
import type { WorkContext } from '../progress.js';
import { type ItemPlace, type ItemPlacement, itemPlaces } from './item-places.js';

export interface ItemsToStage {
  vault: VaultReader;
  project: string;
  listing: Listing;
  /** The live directory, by its real path. */
  filestore: string;
  /** A uuid: the name of the enclosure derives from it. */
  id: string;
  paths: readonly AskedPath[];
  place: ItemPlacement;
  /** When it was asked for. */
  at: Date;
}

/** What stands ready to be put into a live filestore. Plain data: it is stored as JSON. */
export interface StagedItems {
  /** Absolute, in an enclosure. The items are in it by their numbers, and later what they were exchanged for. */
  directory: string;
  items: StagedItem[];
}

export interface StagedItem extends ItemPlace {
  /** What it is, as `identityIn` says. */
  identity: string;
}

/**
 * Builds items of a snapshot's filestore beside the live one, which is only looked at. When it resolves all of it survives a power cut. Rejects as
 * `itemPlaces` and `stageFilestore` do; nothing is left then.
 */
export async function stageItems(request: ItemsToStage, context: WorkContext): Promise<StagedItems> {
  const { vault, project, listing, filestore, id } = request;
  const places = await placesIn(request);
  const directory = await stagedDirectoryOf(filestore, id);
  const entries = entriesOf(listing, places);
  await stageFilestore({ directory, entries, contents: contentsOf(vault, project) }, context);
  const held = await HeldPath.hold(directory);
  try {
    const items: StagedItem[] = [];
    for (const [number, place] of places.entries()) {
      const stats = held && (await lookAt(numberedIn(held, number)));
      if (stats === undefined)
        throw new EngineError('filestore-tampered', `"${directory}" is not what was built there.`);
      items.push({ ...place, identity: identityIn(stats) });
    }
    return { directory, items };
  } finally {
    await held?.close();
  }
}

/** A path, through the handle that holds the directory's name, of the item with this number in it. */
export function numberedIn({ at }: HeldPath, number: number): Buffer {
  return Buffer.concat([at, Buffer.from(`/${number}`)]);
}

async function placesIn({ listing, filestore, paths, place, at }: ItemsToStage): Promise<ItemPlace[]> {
  const live = await TreeRoot.open(filestore);
  try {
    return await itemPlaces({ listing, live }, paths, { place, at });
  } finally {
    await live.close();
  }
}

/** Each item under its number, directories before what they contain. */
async function* entriesOf(listing: Listing, places: readonly ItemPlace[]): AsyncGenerator<StagedEntry> {
  for (const [number, { from, asked }] of places.entries()) {
    const numbered = (entry: StagedEntry): StagedEntry => {
      const path = `${number}${bytesOfPath(entry.path).slice(from.length)}`;
      return { ...entry, path: encodePath(Buffer.from(path, 'latin1')) };
    };
    const made = new Set<string>();
    for (const path of asked) {
      for (const directory of directoriesBetween(from, path)) {
        if (made.has(directory)) continue;
        made.add(directory);
        yield numbered(await entryAt(listing, directory));
      }
      const entry = await entryAt(listing, path);
      yield numbered(entry);
      if (entry.kind !== 'directory') continue;
      for (const prefix of entriesBelow(path)) {
        for await (const { found } of listing.range(prefix)) {
          for (const each of found) if (isPart(each.entry)) yield numbered(each.entry);
        }
      }
    }
  }
}

/** From the highest on, those above the path. */
function directoriesBetween(from: string, path: string): string[] {
  const directories: string[] = [];
  for (let end = from.length; end !== -1 && end < path.length; end = path.indexOf('/', end + 1)) {
    directories.push(path.slice(0, end));
  }
  return directories;
}

async function entryAt(listing: Listing, path: string): Promise<StagedEntry> {
  const entry = await fileAt(listing, Buffer.from(path, 'latin1'));
  if (entry !== undefined) return entry;
  throw new EngineError('snapshot-damaged', 'The manifest has an entry in a directory that it does not have.');
}
