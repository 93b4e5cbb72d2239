import { bytesOfPath } from '../../vault/listing/listing-key.js';
import type { Listing } from '../../vault/listing/listing.js';
import { type AskedPath, fileAt } from '../contents/browse-files.js';
import { EngineError } from '../engine-error.js';
import { displayPath } from '../filestore/paths/encoded-path.js';
import { lookAt } from '../filestore/paths/held-path.js';
import { within } from '../filestore/paths/long-path.js';
import { joinBytes, splitBytes } from '../filestore/paths/read-directory.js';
import type { TreeRoot } from '../filestore/paths/tree-root.js';
import { besideName } from './beside-name.js';

/** Beside what has its name; or in its place, and that is kept. */
export type ItemPlacement = 'beside' | 'in_place';

/** Something of a snapshot's filestore that is to be put into the live one, in one step. Paths are bytes, one character each. */
export interface ItemPlace {
  /** What becomes of `asked`: themselves, or the highest directory on the way to them that is not there any more. */
  from: string;
  /** Where it goes. */
  to: string;
  /** What is at `to` is exchanged for it, and kept; else nothing is there. */
  exchange: boolean;
  /** What was asked for and comes with it; of a directory that is not there any more, only the way to these. */
  asked: string[];
}

/**
 * Where each of these goes, as the live filestore is now. What lies in a directory that is not there any more comes with it, under its own
 * name: there is nothing to be beside of. Rejects with `EngineError('item-missing')` for what the snapshot does not have,
 * `'item-in-the-way'` where a file or a link is in place of a directory on its way, and as the filestore does.
 */
export async function itemPlaces(
  { listing, live }: { listing: Listing; live: TreeRoot },
  paths: readonly AskedPath[],
  { place, at }: { place: ItemPlacement; at: Date },
): Promise<ItemPlace[]> {
  const places = new Map<string, ItemPlace>();
  for (const path of paths) {
    const entry = await fileAt(listing, path);
    if (entry === undefined) throw missing(typeof path === 'string' ? Buffer.from(path) : path);
    const asked = bytesOfPath(entry.path);
    const bytes = Buffer.from(asked, 'latin1');
    const gone = await firstGone(live, bytes);
    const from = gone?.toString('latin1') ?? asked;
    const known = places.get(from);
    if (known) known.asked.push(asked);
    else places.set(from, { from, asked: [asked], ...(await placeOf(live, bytes, gone, { place, at })) });
  }
  return [...places.values()];
}

async function placeOf(
  live: TreeRoot,
  path: Buffer,
  gone: Buffer | undefined,
  { place, at }: { place: ItemPlacement; at: Date },
): Promise<Pick<ItemPlace, 'to' | 'exchange'>> {
  if (gone !== undefined) return { to: gone.toString('latin1'), exchange: false };
  const { directory, name } = splitBytes(path);
  if (place === 'beside') {
    return { to: joinBytes(directory, besideName(name, at)).toString('latin1'), exchange: false };
  }
  const there = await live.inParent(path, (parent, last) => lookAt(within(parent, last)));
  return { to: path.toString('latin1'), exchange: there !== undefined };
}

/** The highest directory above a path that is not there; undefined when all are. */
async function firstGone(live: TreeRoot, path: Buffer): Promise<Buffer | undefined> {
  let gone: Buffer | undefined;
  for (let { directory } = splitBytes(path); directory.length > 0; { directory } = splitBytes(directory)) {
    const opened = await live.openDirectory(directory);
    if (opened === 'replaced') throw noDirectory(directory);
    if (opened !== 'gone') {
      await opened.handle.close();
      break;
    }
    gone = directory;
  }
  return gone;
}

function missing(path: Buffer): EngineError {
  return new EngineError('item-missing', `The snapshot has nothing at "${displayPath(path)}".`);
}

function noDirectory(path: Buffer): EngineError {
  return new EngineError(
    'item-in-the-way',
    `"${displayPath(path)}" is a directory in the snapshot and something else in the live filestore; move it away, or restore that directory beside it.`,
  );
}
