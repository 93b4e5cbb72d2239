import { fsync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EngineError } from '../engine-error.js';
import { unwritable } from '../filestore/filestore-failure.js';
import { renameExchange, renameToFree } from '../filestore/libc.js';
import { isNoted as isThis } from '../filestore/paths/directory-identity.js';
import { displayPath } from '../filestore/paths/encoded-path.js';
import { HeldPath, lookAt, tamperedWith } from '../filestore/paths/held-path.js';
import { within } from '../filestore/paths/long-path.js';
import { readDirectory } from '../filestore/paths/read-directory.js';
import { TreeRoot } from '../filestore/paths/tree-root.js';
import { errnoOf } from '../../vault/errno.js';
import { numberedIn, type StagedItem, type StagedItems } from './stage-items.js';

const syncFile = promisify(fsync);

/** Whoever has had them. */
const IS_STAGED = /^staged(-a\d+)?$/;

/** Where an item is. `changed`: something else has its place by now, and it is nowhere. */
export type ItemState = 'waiting' | 'placed' | 'changed';

/**
 * Puts staged items into a live filestore, each in one step: nothing that is there is overwritten. What one is exchanged for lies in its place in the
 * staged directory afterwards. May be called again after a crash: what is where is told by inodes. When it resolves all of it survives a power cut.
 *
 * Rejects with `EngineError('item-in-the-way')` where something has come to be meanwhile, `'item-changed'` for one that is nowhere,
 * `'filestore-unwritable'` and as the filestore does; `takeBackItems` takes back what was placed by then.
 */
export async function placeItems(filestore: string, staged: StagedItems): Promise<void> {
  await forEach(filestore, staged, async (item, { live, there, kept }) => {
    const state = stateOf(item, await lookAt(there), await lookAt(kept));
    if (state === 'placed') return;
    if (state === 'changed') throw changed(item);
    move(item, kept, there, item.exchange);
    await syncFile(live);
  });
}

/**
 * Takes placed items out of a live filestore again, and puts back what they were exchanged for. They lie in the staged directory then. May be called
 * again. Resolves to those that are not what was placed any more, which stay, by their paths. Rejects as `placeItems` does.
 */
export async function takeBackItems(filestore: string, staged: StagedItems): Promise<string[]> {
  const left: string[] = [];
  await forEach(filestore, staged, async (item, { live, there, kept }) => {
    const state = stateOf(item, await lookAt(there), await lookAt(kept));
    if (state === 'changed') left.push(shown(item));
    if (state !== 'placed') return;
    move(item, there, kept, item.exchange);
    await syncFile(live);
  });
  return left;
}

/**
 * Gives the directory of staged items another name in its enclosure, so that a worker that had them before, stands still and wakes up can place
 * nothing. Resolves to where they are now, whoever has done that before. Rejects with `EngineError('filestore-tampered')` when there is no such directory.
 */
export async function claimItems(staged: StagedItems, attempt: number): Promise<StagedItems> {
  const enclosure = dirname(staged.directory);
  const directory = join(enclosure, `staged-a${attempt}`);
  const held = await HeldPath.hold(directory);
  if (held === undefined) throw gone(staged.directory);
  try {
    for await (const { name } of readDirectory(dirname(held.at.toString()))) {
      if (!IS_STAGED.test(name.toString())) continue;
      await rename(held.sibling(name.toString()), held.at);
      await held.sync();
      return { ...staged, directory };
    }
    throw gone(staged.directory);
  } finally {
    await held.close();
  }
}

interface Place {
  /** The directory in the live filestore that an item belongs in. */
  live: number;
  /** The item's name there, and in the staged directory, each through a handle. */
  there: Buffer;
  kept: Buffer;
}

async function forEach(
  filestore: string,
  { directory, items }: StagedItems,
  work: (item: StagedItem, place: Place) => Promise<void>,
): Promise<void> {
  const held = await HeldPath.hold(directory);
  if (held === undefined) throw gone(directory);
  const live = await TreeRoot.open(filestore).catch(async (error: unknown) => {
    await held.close();
    throw error;
  });
  try {
    for (const [number, item] of items.entries()) {
      const to = Buffer.from(item.to, 'latin1');
      const found = await live.inParent(to, async (parent, name) => {
        await work(item, { live: parent.fd, there: within(parent, name), kept: numberedIn(held, number) }).catch(
          (error: unknown) => {
            throw error instanceof EngineError ? error : unwritable(to, error);
          },
        );
        return true;
      });
      if (found === undefined) throw inTheWay(item);
    }
    await held.sync();
  } finally {
    await live.close();
    await held.close();
  }
}

/** The item itself decides, whatever else is there. */
function stateOf({ identity }: StagedItem, there: BigIntStats | undefined, kept: BigIntStats | undefined): ItemState {
  if (there !== undefined && isThis(there, identity)) return 'placed';
  return kept !== undefined && isThis(kept, identity) ? 'waiting' : 'changed';
}

function move(item: StagedItem, from: Buffer, to: Buffer, exchange: boolean): void {
  try {
    if (exchange) renameExchange(from, to);
    else renameToFree(from, to);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST' || (exchange && code === 'ENOENT')) throw inTheWay(item);
    throw error;
  }
}

function inTheWay(item: StagedItem): EngineError {
  return new EngineError(
    'item-in-the-way',
    `What is at "${shown(item)}" has changed while the items were made ready; nothing of it was touched. Restore them again.`,
  );
}

function changed(item: StagedItem): EngineError {
  return new EngineError('item-changed', `"${shown(item)}" is neither where it was made ready nor where it belongs.`);
}

function gone(directory: string): EngineError {
  return tamperedWith(directory, 'in which items were made ready, is not there any more');
}

function shown({ to }: StagedItem): string {
  return displayPath(Buffer.from(to, 'latin1'));
}
