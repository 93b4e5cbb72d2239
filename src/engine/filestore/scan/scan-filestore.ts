import { isMountPoint } from '../paths/mount-points.js';
import { TreeRoot } from '../paths/tree-root.js';
import type { SharedFiles } from '../reading/base-files.js';
import type { CarriedLines } from './carried-lines.js';
import type { PassedBy } from './left-out-paths.js';
import type { FoundDirectory, ScanItem } from './scan-directory.js';
import type { ScannedEntry } from './scanned-entry.js';
import { type ScannedItems, Scanner } from './scanner.js';
import type { Wanted } from './scanner-thread.js';
import { Seal } from './seal.js';

/** Threads that scan, each of which may be waiting for a disk or a server. */
const SCANNERS = 2;

/** Another one takes as long to start as it then needs for so many items, so there has to be that much to do. */
const ITEMS_BEFORE_ANOTHER = 8 * 1024;

/** Directories a thread is given at once: many are so small that one alone is not worth a message. */
const DIRECTORIES_A_REQUEST = 16;

export interface ScanOptions {
  signal: AbortSignal;
  /** Only this path and what is below it, relative to the root. */
  from?: Buffer;
  /** Reports what cannot be looked at as `unreadable` in place of failing, except for the root. */
  leaveOutUnreadable?: boolean;
  /** Patterns, as `PathRules` takes them, of what is passed by: it is neither entered nor reported, and cannot be in the way. */
  leftOut?: readonly string[];
  /** Only what was changed after this moment of the clock that stamps changes, and what is `unreadable`. */
  changedAfterNs?: bigint;
}

/**
 * Everything in a directory, some at a time: the directory itself first and each directory before what it contains,
 * otherwise in no particular order. Several directories are read side by side, but none before the one above it has
 * been taken. What is Snapback's own at the top of a mount point is left out. Symbolic links are reported and never followed. What disappears while it is scanned is left out. Memory
 * grows with the directories that wait to be read and with the names in the few that are read, not with the number of
 * files.
 *
 * `root` has to be a real path. Throws `EngineError('filestore-missing' | 'filestore-not-a-directory')`
 * for the root, `'filestore-unreadable'` naming the path for whatever cannot be looked at, and
 * `signal.reason` when aborted.
 */
export async function* scanFilestore(root: string, options: ScanOptions): AsyncGenerator<ScannedEntry[]> {
  const { changedAfterNs: ns } = options;
  for await (const { items } of scan(
    root,
    options,
    ns === undefined ? { kind: 'all' } : { kind: 'changed-after', ns },
  )) {
    const entries = items.filter(isEntry);
    if (entries.length > 0) yield entries;
  }
}

/** What was found, and files that are the base's beside it. Directories are among the entries, before or with what is in them. */
export interface FoundBesideKnown {
  entries: ScannedEntry[];
  carried?: CarriedLines;
  passedBy?: PassedBy;
}

/** The same, but files that are `known` come as lines of a manifest; but for those with holes, which are among the entries. */
export async function* scanBesideKnown(
  root: string,
  options: Omit<ScanOptions, 'changedAfterNs'>,
  known: SharedFiles | undefined,
): AsyncGenerator<FoundBesideKnown> {
  const wanted: Wanted = { kind: 'all', ...(known && { known }) };
  for await (const { items, carried, passedBy } of scan(root, options, wanted)) {
    yield { entries: items.filter(isEntry), ...(carried && { carried }), ...(passedBy && { passedBy }) };
  }
}

/**
 * What patterns leave out of a directory, with all that is below it, and nothing else: some at a time, each directory before what it contains. What
 * cannot be looked at is `unreadable`. Throws as `scanFilestore` does.
 */
export async function* scanLeftOut(
  root: string,
  options: { signal: AbortSignal; leftOut: readonly string[] },
): AsyncGenerator<ScannedEntry[]> {
  const lenient = { ...options, leaveOutUnreadable: true };
  for await (const { items } of scan(root, lenient, { kind: 'left-out' })) {
    const entries = items.filter(isEntry);
    if (entries.length > 0) yield entries;
  }
}

/** Adds everything in a directory to a seal, the directory itself too. Rejects as `scanFilestore` does. */
export async function sealFilestore(root: string, all: Seal, signal: AbortSignal): Promise<void> {
  const { key } = all;
  for await (const { seal } of scan(root, { signal }, { kind: 'seal', key })) all.addAll(new Seal(key, seal));
}

async function* scan(root: string, options: ScanOptions, wanted: Wanted): AsyncGenerator<ScannedItems> {
  const tree = await TreeRoot.open(root);
  try {
    const how = {
      isMountPoint: await isMountPoint(root),
      leaveOutUnreadable: options.leaveOutUnreadable ?? false,
      leftOut: options.leftOut ?? [],
      wanted,
    };
    yield* scanWithin(tree, new Scan(() => new Scanner(tree, how)), options, wanted);
  } finally {
    await tree.close();
  }
}

async function* scanWithin(
  tree: TreeRoot,
  underWay: Scan,
  options: ScanOptions,
  wanted: Wanted,
): AsyncGenerator<ScannedItems> {
  try {
    if (wanted.kind === 'seal') underWay.startAll();
    yield* underWay.run(options.from ?? Buffer.alloc(0), options.signal);
    await tree.confirm();
  } finally {
    await underWay.end();
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
  private found = 0;

  constructor(private readonly newScanner: () => Scanner) {}

  /** Starts all threads, where somebody waits: one takes as long to start as it then needs for ten thousand files. */
  startAll(): void {
    for (let scanner; (scanner = this.another()) !== undefined;) this.idle.push(scanner);
  }

  async *run(from: Buffer, signal: AbortSignal): AsyncGenerator<ScannedItems> {
    this.pending.push(from);
    const hurry = () => this.scanners.forEach((scanner) => scanner.hurry());
    signal.addEventListener('abort', hurry);
    try {
      for (;;) {
        signal.throwIfAborted();
        this.employ();
        if (this.underWay.size === 0) return;
        const answer = await Promise.race(this.underWay.values());
        const { scanner, items, done } = answer;
        this.underWay.delete(scanner);
        this.found += items.length + (answer.carried?.files ?? 0);
        if (done) this.idle.push(scanner);
        else this.expect(scanner, scanner.more());
        this.employ();
        yield answer;
        for (const item of items) if (item.kind === 'found-directory') this.pending.push(item.path);
      }
    } finally {
      signal.removeEventListener('abort', hurry);
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.scanners.map((scanner) => scanner.end()));
  }

  /** Gives directories that wait to threads that do. Another thread is started when there seems to be enough for it. */
  private employ(): void {
    while (this.pending.length > 0) {
      const isWorth = this.scanners.length === 0 || this.found >= ITEMS_BEFORE_ANOTHER;
      const scanner = this.idle.pop() ?? (isWorth ? this.another() : undefined);
      if (scanner === undefined) return;
      this.expect(scanner, scanner.scan(this.pending.splice(-DIRECTORIES_A_REQUEST)));
    }
  }

  private another(): Scanner | undefined {
    if (this.scanners.length === SCANNERS) return undefined;
    const scanner = this.newScanner();
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
