import { EngineError } from '../../engine-error.js';
import { directoryAt, isNoted, type KnownDirectories } from '../paths/directory-identity.js';
import { decodePath } from '../paths/encoded-path.js';
import { withinFd } from '../paths/long-path.js';
import { isMountPoint } from '../paths/mount-points.js';
import { TreeRoot } from '../paths/tree-root.js';
import { exchangeDirectories } from './exchange.js';
import { exchangeTop } from './exchange-top.js';
import { TopEntries } from './top-entries.js';
import { HeldMount } from './held-mount.js';
import type { KnownMount, MountTop } from './top-of-mount.js';

/*
 * The one place that knows both ways in which a filestore has another state put in place: a directory is exchanged with another one in
 * a single step; what is at the top of a mount point is exchanged entry by entry (`top`).
 */

/** What both states of a filestore are. */
export interface KnownStates extends KnownDirectories {
  livePath: string;
  /** Of a mount point: `liveInode` is the mount point, `stagedInode` the directory inside, whichever state's entries that holds. */
  top?: MountTop;
}

/** Which of them is live: the old one, the new one, some of each, or neither. `either`: they are the same, for both are empty. */
export type LiveSide = 'old' | 'new' | 'partly' | 'either' | 'unknown';

/**
 * Which of them is live. `otherPath`: where the other one is; undefined when it is nowhere. Rejects with
 * `EngineError('filestore-missing')` when nothing is mounted where the filestore was a mount point.
 */
export async function liveSide(known: KnownStates, otherPath: string | undefined): Promise<LiveSide> {
  if (!isMount(known)) return directoryAt(known.livePath, known);
  return withTop(known, async (top) => {
    if (top === undefined) return 'unknown';
    const entries = new TopEntries(known.top);
    const held = otherPath === undefined ? undefined : await HeldMount.hold(otherPath);
    // It is removed when everything is over.
    if (held === undefined) return entries.sideWithoutOther(top);
    try {
      return held.isBoth(known) ? entries.side(held) : 'unknown';
    } finally {
      await held.close();
    }
  });
}

/** Whether the new one is live, whatever an application has made of it since. Rejects as `liveSide` does. */
export async function hasTakenPlace(known: KnownStates): Promise<boolean> {
  if (!isMount(known)) return (await directoryAt(known.livePath, known)) === 'new';
  return withTop(known, async (top) => top !== undefined && !new TopEntries(known.top).isAnyOldIn(top));
}

/** Whether the previous one is at this path, which is not the live one. Rejects as `liveSide` does. */
export async function isPrevious(path: string, known: KnownStates): Promise<boolean> {
  const found = await directoryAt(path, known);
  return isMount(known) ? found === 'new' && (await hasTakenPlace(known)) : found === 'old';
}

/** What both are for whoever swaps the previous one back; the entries of a mount point are noted anew. */
export function knownBackwards({ liveInode, stagedInode, top }: KnownStates): KnownDirectories {
  return top ? { liveInode, stagedInode } : { liveInode: stagedInode, stagedInode: liveInode };
}

export interface StatesExchange {
  /** Which one is to be live. */
  to: 'old' | 'new';
  /** Whether what came to the top of a mount point meanwhile goes with the old one; default true. */
  takesLate?: boolean;
}

/**
 * Puts the other one, which is at `otherPath`, in place. Rejects as `exchangeDirectories` and `exchangeTop` do: nothing was exchanged then,
 * unless the code is `cutover-incomplete`.
 */
export async function exchangeStates(known: KnownStates, otherPath: string, exchange: StatesExchange): Promise<void> {
  if (!isMount(known)) return exchangeDirectories(known.livePath, otherPath, known);
  const { to, takesLate = true } = exchange;
  await exchangeTop(otherPath, known, { to, takesLate });
}

/** Names at the top that were moved and not written, of whichever state: a move stamps them as a change does. */
export function movedNames({ top }: KnownStates): ReadonlySet<string> {
  return new Set([...(top?.old ?? []), ...(top?.new ?? [])].map(({ name }) => decodePath(name).toString('latin1')));
}

function isMount(known: KnownStates): known is KnownStates & KnownMount {
  return known.top !== undefined;
}

/** With a path to the top of the mount point; undefined when it is another one than was noted. */
async function withTop<T>(known: KnownStates, work: (top: Buffer | undefined) => Promise<T>): Promise<T> {
  const { livePath, liveInode } = known;
  const root = await TreeRoot.open(livePath);
  try {
    if (isNoted(root.stats, liveInode)) return await work(withinFd(root.fd, Buffer.from('.')));
    if (await isMountPoint(livePath)) return await work(undefined);
    const message = `Nothing is mounted at "${livePath}", where the filestore is; mount it again.`;
    throw new EngineError('filestore-missing', message);
  } finally {
    await root.close();
  }
}
