import { serveThread } from '../../../vault/threads/serve-thread.js';
import { knownFilesIn } from '../../notes/noted-files.js';
import type { SharedFiles } from '../reading/base-files.js';
import { type CarriedLines, CarriedLinesGathering } from './carried-lines.js';
import { isUnreadable } from '../filestore-failure.js';
import type { HeldRoot } from './held-root.js';
import { LeftOutPaths, type PassedBy } from './left-out-paths.js';
import { type PackedItems, packItems } from './packed-items.js';
import { type IsNeeded, scanDirectory, type ScanItem } from './scan-directory.js';
import { kindOf, unreadableOf } from './scanned-entry.js';
import type { MultisetKey, MultisetParts } from '../../multiset-hash.js';
import { Seal } from './seal.js';

/** Looked at for an answer: enough that a message costs little beside the work, few enough that those waiting take no memory to speak of. */
const ITEMS_AN_ANSWER = 1024;

/**
 * What of the entries is wanted: each of them, the files that are `known` as lines of a manifest; those that were changed after a moment of the clock that stamps them, and what could
 * not be looked at; what the rules leave out, and nothing else; or none of them, and their seal.
 */
export type Wanted =
  | { kind: 'all'; known?: SharedFiles }
  | { kind: 'changed-after'; ns: bigint }
  | { kind: 'left-out' }
  | { kind: 'seal'; key: MultisetKey };

/** The directory, held open, and where it was then; and what is wanted of it. */
export interface ScannerStart {
  fd: number;
  path: Uint8Array;
  isMountPoint: boolean;
  leaveOutUnreadable: boolean;
  /** Patterns of what is passed by, or, where that is wanted, of what is not. */
  leftOut: readonly string[];
  wanted: Wanted;
}

/** `scan` begins with directories, relative to the root; `more` goes on with them. */
export type ScanQuestion = { kind: 'scan'; directories: Uint8Array[] } | { kind: 'more' };

export interface ScanAnswer {
  items: PackedItems;
  /** Of all that was looked at for this answer, where that is wanted. */
  seal?: MultisetParts;
  /** What is known already and not among the items. */
  carried?: CarriedLines;
  /** Where there are patterns of what is left out. */
  passedBy?: PassedBy;
  done: boolean;
}

/** The entry point of a scanning thread, started by scanner.ts. */
serveThread(
  ({ fd, path, isMountPoint, leaveOutUnreadable, leftOut: patterns, wanted }: ScannerStart, isHurried) => {
    const root: HeldRoot = { fd, path: Buffer.from(path), isMountPoint };
    const leftOut = patterns.length > 0 ? new LeftOutPaths(patterns) : undefined;
    // Nobody misses it, unless it is what is wanted.
    const isNeeded = leftOut && wanted.kind !== 'left-out' ? (unseen: Buffer) => leftOut.isNeeded(unseen) : undefined;
    const scan: Scan = (directory) =>
      leaveOutUnreadable ? scanReadable(root, directory, isNeeded) : scanDirectory(root, directory, isNeeded);
    let scanning = scanAll(scan, []);
    const known = wanted.kind === 'all' && wanted.known ? knownFilesIn(wanted.known) : undefined;
    return (question: ScanQuestion): ScanAnswer => {
      if (question.kind === 'scan') scanning = scanAll(scan, question.directories);
      return nextOf(scanning, { wanted, leftOut }, isHurried, known && new CarriedLinesGathering(known));
    };
  },
  ({ items, carried }) => [
    items.numbers.buffer,
    items.texts.buffer,
    ...(carried ? [carried.text.buffer, carried.chunks.buffer] : []),
  ],
);

type Scan = (path: Buffer) => Generator<ScanItem>;

function* scanAll(scan: Scan, directories: readonly Uint8Array[]): Generator<ScanItem> {
  for (const directory of directories) yield* scan(Buffer.from(directory));
}

/** As `scanDirectory`, and says of a directory below the root that it cannot be read, in place of failing. */
function* scanReadable(root: HeldRoot, path: Buffer, isNeeded: IsNeeded | undefined): Generator<ScanItem> {
  try {
    yield* scanDirectory(root, path, isNeeded);
  } catch (error) {
    if (path.length === 0 || !isUnreadable(error)) throw error;
    yield unreadableOf(path);
  }
}

function nextOf(
  scanning: Generator<ScanItem>,
  { wanted, leftOut }: { wanted: Wanted; leftOut: LeftOutPaths | undefined },
  isHurried: () => boolean,
  carried: CarriedLinesGathering | undefined,
): ScanAnswer {
  const items: ScanItem[] = [];
  const seal = wanted.kind === 'seal' ? new Seal(wanted.key) : undefined;
  let done = false;
  for (let looked = 0; looked < ITEMS_AN_ANSWER && !isHurried(); looked += 1) {
    const { value: item, done: isLast } = scanning.next();
    if (isLast) {
      done = true;
      break;
    }
    if (wanted.kind === 'left-out') {
      if (item.kind === 'found-directory' || leftOut?.names(item)) items.push(item);
      continue;
    }
    if (leftOut?.take(item)) continue;
    if (carried && item.kind === 'file' && carried.take(item)) continue;
    if (seal && item.kind !== 'found-directory') seal.add(item);
    else if (isWanted(item, wanted)) items.push(item);
  }
  return {
    items: packItems(items),
    ...(seal && { seal: seal.parts() }),
    ...(carried && { carried: carried.result() }),
    ...(leftOut && { passedBy: leftOut.result() }),
    done,
  };
}

function isWanted(item: ScanItem, wanted: Wanted): boolean {
  if (item.kind === 'found-directory' || wanted.kind !== 'changed-after') return true;
  return item.ctimeNs > wanted.ns || kindOf(item) === 'unreadable';
}
