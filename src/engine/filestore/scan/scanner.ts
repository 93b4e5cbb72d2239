import { startThread } from '../../../vault/threads/start-thread.js';
import type { Thread } from '../../../vault/threads/thread.js';
import { EngineError } from '../../engine-error.js';
import type { TreeRoot } from '../paths/tree-root.js';
import type { ScanAnswer, ScannerStart, ScanRequest } from './messages.js';
import { unpackItems } from './packed-items.js';
import type { ScanItem } from './scan-directory.js';

export interface ScannedItems {
  items: ScanItem[];
  /** All of the directories that were asked for has come. */
  done: boolean;
}

/** A thread that scans directories. One question at a time; whoever starts it ends it, before the tree is closed. */
export class Scanner {
  private readonly thread: Thread;
  private dead: Error | undefined;
  private waiting: { resolve: (answer: ScanAnswer) => void; reject: (error: unknown) => void } | undefined;

  constructor({ fd, path }: TreeRoot, leaveOutUnreadable: boolean) {
    const start: ScannerStart = { fd, path, leaveOutUnreadable };
    this.thread = startThread('scanner-thread', import.meta.url, start);
    this.thread.worker.on('message', (answer: ScanAnswer) => this.settle()?.resolve(answer));
    this.thread.onDeath((cause) => {
      this.dead = new Error('The thread that scans the filestore has died. Try again.', { cause });
      this.settle()?.reject(this.dead);
    });
  }

  /** The first of what is in some directories, in the order in which they are given. Rejects as `scanDirectory` throws. */
  scan(directories: readonly Buffer[]): Promise<ScannedItems> {
    return this.ask({ kind: 'scan', directories: directories.map((path) => Uint8Array.from(path)) });
  }

  /** The next of them. */
  more(): Promise<ScannedItems> {
    return this.ask({ kind: 'more' });
  }

  end(): Promise<void> {
    return this.thread.end();
  }

  private async ask(request: ScanRequest): Promise<ScannedItems> {
    if (this.dead !== undefined) throw this.dead;
    const answer = await new Promise<ScanAnswer>((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.thread.worker.postMessage(request);
    });
    if ('items' in answer) return { items: unpackItems(answer.items), done: answer.done };
    const { code, message, cause } = answer.failure;
    throw new EngineError(code, message, { cause });
  }

  private settle(): Scanner['waiting'] {
    const waiting = this.waiting;
    this.waiting = undefined;
    return waiting;
  }
}
