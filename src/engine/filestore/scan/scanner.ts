import { ThreadHost } from '../../../vault/threads/thread-host.js';
import { Thread } from '../../../vault/threads/thread.js';
import { EngineError, type EngineErrorCode } from '../../engine-error.js';
import type { TreeRoot } from '../paths/tree-root.js';
import type { CarriedLines } from './carried-lines.js';
import type { PassedBy } from './left-out-paths.js';
import { unpackItems } from './packed-items.js';
import type { ScanItem } from './scan-directory.js';
import type { ScanAnswer, ScannerStart, ScanQuestion } from './scanner-thread.js';
import type { MultisetParts } from '../../multiset-hash.js';

const THREAD = 'scanner-thread';

export interface ScannedItems {
  items: ScanItem[];
  /** Of what is not among them, where that is wanted. */
  seal?: MultisetParts;
  /** Files that are known, where that is wanted. */
  carried?: CarriedLines;
  /** What is among neither, where patterns leave something out. */
  passedBy?: PassedBy;
  /** All of the directories that were asked for has come. */
  done: boolean;
}

/**
 * A thread that scans directories. One question at a time; whoever starts it ends it, before the tree is closed. It knows where
 * it is, so nothing takes its place when it dies: every question rejects then, with `ThreadDied`.
 */
export class Scanner {
  private readonly thread: Thread<ScanQuestion, ScanAnswer>;

  constructor({ fd, path }: TreeRoot, how: Omit<ScannerStart, 'fd' | 'path'>) {
    const start: ScannerStart = { fd, path, ...how };
    this.thread = new Thread(THREAD, import.meta.url, start);
  }

  /** Has one started beside what comes before scanning: that takes as long as scanning ten thousand files. */
  static warm(): void {
    ThreadHost.warm(THREAD, import.meta.url);
  }

  /** The first of what is in some directories, in the order in which they are given. Rejects as `scanDirectory` throws. */
  scan(directories: readonly Buffer[]): Promise<ScannedItems> {
    return this.ask({ kind: 'scan', directories: directories.map((path) => Uint8Array.from(path)) });
  }

  /** The next of them. */
  more(): Promise<ScannedItems> {
    return this.ask({ kind: 'more' });
  }

  /** Answers early, with what it has: nobody waits for all of it any more. */
  hurry(): void {
    this.thread.hurry();
  }

  end(): Promise<void> {
    return this.thread.end();
  }

  private async ask(question: ScanQuestion): Promise<ScannedItems> {
    const { items, seal, carried, passedBy, done } = await this.thread.ask(question).catch(rethrow);
    const more = { ...(seal && { seal }), ...(carried && { carried }), ...(passedBy && { passedBy }) };
    return { items: unpackItems(items), ...more, done };
  }
}

/** What was an `EngineError` in the thread is one here. */
function rethrow(error: Error & { code?: EngineErrorCode }): never {
  const { name, code, message, cause } = error;
  throw name === 'EngineError' && code !== undefined ? new EngineError(code, message, { cause }) : error;
}
