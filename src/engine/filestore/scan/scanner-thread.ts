import { serveThread } from '../../../vault/threads/serve-thread.js';
import { isUnreadable } from '../filestore-failure.js';
import type { HeldRoot } from './held-root.js';
import { type PackedItems, packItems } from './packed-items.js';
import { scanDirectory, type ScanItem } from './scan-directory.js';
import { unreadableOf } from './scanned-entry.js';

/** Enough that a message costs little beside the work, few enough that those waiting take no memory to speak of. */
const ITEMS_AN_ANSWER = 1024;

/** The directory, held open, and where it was then; and what is wanted of it. */
export interface ScannerStart {
  fd: number;
  path: Uint8Array;
  leaveOutUnreadable: boolean;
}

/** `scan` begins with directories, relative to the root; `more` goes on with them. */
export type ScanQuestion = { kind: 'scan'; directories: Uint8Array[] } | { kind: 'more' };

export interface ScanAnswer {
  items: PackedItems;
  done: boolean;
}

/** The entry point of a scanning thread, started by scanner.ts. */
serveThread(
  ({ fd, path, leaveOutUnreadable }: ScannerStart) => {
    const root: HeldRoot = { fd, path: Buffer.from(path) };
    const scan = leaveOutUnreadable ? scanReadable : scanDirectory;
    let scanning = scanAll(root, scan, []);
    return (question: ScanQuestion): ScanAnswer => {
      if (question.kind === 'scan') scanning = scanAll(root, scan, question.directories);
      return nextOf(scanning);
    };
  },
  ({ items }) => [items.numbers.buffer, items.texts.buffer],
);

type Scan = (root: HeldRoot, path: Buffer) => Generator<ScanItem>;

function* scanAll(root: HeldRoot, scan: Scan, directories: readonly Uint8Array[]): Generator<ScanItem> {
  for (const directory of directories) yield* scan(root, Buffer.from(directory));
}

/** As `scanDirectory`, and says of a directory below the root that it cannot be read, in place of failing. */
function* scanReadable(root: HeldRoot, path: Buffer): Generator<ScanItem> {
  try {
    yield* scanDirectory(root, path);
  } catch (error) {
    if (path.length === 0 || !isUnreadable(error)) throw error;
    yield unreadableOf(path);
  }
}

function nextOf(scanning: Generator<ScanItem>): ScanAnswer {
  const items: ScanItem[] = [];
  while (items.length < ITEMS_AN_ANSWER) {
    const { value, done } = scanning.next();
    if (done) return { items: packItems(items), done: true };
    items.push(value);
  }
  return { items: packItems(items), done: false };
}
