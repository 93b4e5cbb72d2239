import { TreeRoot } from '../paths/tree-root.js';
import type { FoundDirectory, ScanItem } from './scan-directory.js';
import type { ScannedEntry } from './scanned-entry.js';
import { type ScannedItems, Scanner } from './scanner.js';

/** Threads that scan, each of which may be waiting for a disk or a server. */
const SCANNERS = 2;

/** Directories a thread is given at once: many are so small that one alone is not worth a message. */
const DIRECTORIES_A_REQUEST = 16;

export interface ScanOptions {
  signal: AbortSignal;
  /** Only this path and what is below it, relative to the root. */
  from?: Buffer;
  /** Reports what cannot be looked at as `unreadable` in place of failing, except for the root. */
  leaveOutUnreadable?: boolean;
}

/**
 * Everything in a directory, some at a time: the directory itself first and each directory before what it contains,
 * otherwise in no particular order. Several directories are read side by side, but none before the one above it has
 * been taken. Symbolic links are reported and never followed. What disappears while it is scanned is left out. Memory
 * grows with the directories that wait to be read and with the names in the few that are read, not with the number of
 * files.
 *
 * `root` has to be a real path. Throws `EngineError('filestore-missing' | 'filestore-not-a-directory')`
 * for the root, `'filestore-unreadable'` naming the path for whatever cannot be looked at, and
 * `signal.reason` when aborted.
 */
export async function* scanFilestore(root: string, options: ScanOptions): AsyncGenerator<ScannedEntry[]> {
  const tree = await TreeRoot.open(root);
  const scan = new Scan(tree, options.leaveOutUnreadable ?? false);
  try {
    yield* scan.run(options.from ?? Buffer.alloc(0), options.signal);
    await tree.confirm();
  } finally {
    await scan.end();
    await tree.close();
  }
}

interface Answer extends ScannedItems {
  scanner: Scanner;
}

class Scan {
  private readonly scanners: Scanner[] = [];
  private readonly idle: Scanner[] = [];
  private readonly underWay = new Map<Scanner, Promise<Answer>>();
  private pending: Buffer[] = [];

  constructor(
    private readonly tree: TreeRoot,
    private readonly leaveOutUnreadable: boolean,
  ) {}

  async *run(from: Buffer, signal: AbortSignal): AsyncGenerator<ScannedEntry[]> {
    this.pending.push(from);
    for (;;) {
      signal.throwIfAborted();
      this.employ();
      if (this.underWay.size === 0) return;
      const { scanner, items, done } = await Promise.race(this.underWay.values());
      this.underWay.delete(scanner);
      if (done) this.idle.push(scanner);
      else this.expect(scanner, scanner.more());
      this.employ();
      const entries = items.filter(isEntry);
      if (entries.length > 0) yield entries;
      for (const item of items) if (item.kind === 'found-directory') this.pending.push(item.path);
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.scanners.map((scanner) => scanner.end()));
  }

  /** Gives directories that wait to threads that do. A second thread is started when there is something for it. */
  private employ(): void {
    while (this.pending.length > 0) {
      const scanner = this.idle.pop() ?? this.another();
      if (scanner === undefined) return;
      this.expect(scanner, scanner.scan(this.pending.splice(-DIRECTORIES_A_REQUEST)));
    }
  }

  private another(): Scanner | undefined {
    if (this.scanners.length === SCANNERS) return undefined;
    const scanner = new Scanner(this.tree, this.leaveOutUnreadable);
    this.scanners.push(scanner);
    return scanner;
  }

  private expect(scanner: Scanner, scanned: Promise<ScannedItems>): void {
    const answer = scanned.then((items) => ({ ...items, scanner }));
    // When it fails while nobody waits, whoever comes next is told.
    answer.catch(() => undefined);
    this.underWay.set(scanner, answer);
  }
}

function isEntry(item: ScanItem): item is Exclude<ScanItem, FoundDirectory> {
  return item.kind !== 'found-directory';
}
