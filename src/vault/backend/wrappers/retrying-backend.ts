import type {
  Backend,
  ByteRange,
  ListedObject,
  LockedObject,
  ObjectFacts,
  ObjectFile,
  ObjectLocks,
  ObjectSource,
} from '../backend.js';
import { Attempts, retrying, type RetryOptions } from './retry.js';

/**
 * Tries again what failed with 'unavailable' or 'truncated'. Streams and listings go on where they broke off, and
 * count attempts anew whenever something has arrived. All other errors pass at once.
 */
export class RetryingBackend implements Backend {
  readonly locks: ObjectLocks | null;

  constructor(
    private readonly inner: Backend,
    private readonly options: RetryOptions = {},
  ) {
    this.locks = inner.locks && retryingLocks(inner.locks, options);
  }

  put(key: string, object: ObjectSource): Promise<void> {
    return retrying(this.options, () => this.inner.put(key, object));
  }

  replace(key: string, bytes: Buffer): Promise<void> {
    return retrying(this.options, () => this.inner.replace(key, bytes));
  }

  read(key: string, range?: ByteRange): Promise<Buffer> {
    return retrying(this.options, () => this.inner.read(key, range));
  }

  openFile(key: string): Promise<ObjectFile | null> {
    return retrying(this.options, () => this.inner.openFile(key));
  }

  async *stream(key: string, offset = 0): AsyncGenerator<Buffer> {
    let at = offset;
    yield* this.resuming(
      () => this.inner.stream(key, at),
      (buffer) => (at += buffer.length),
    );
  }

  stat(key: string): Promise<ObjectFacts | null> {
    return retrying(this.options, () => this.inner.stat(key));
  }

  async *list(prefix: string, after = ''): AsyncGenerator<ListedObject> {
    let last = after;
    yield* this.resuming(
      () => this.inner.list(prefix, last),
      ({ key }) => (last = key),
    );
  }

  delete(keys: readonly string[]): Promise<readonly LockedObject[]> {
    return retrying(this.options, () => this.inner.delete(keys));
  }

  removeUnfinished(olderThan: Date, isOurs: (key: string) => boolean): Promise<number> {
    return retrying(this.options, () => this.inner.removeUnfinished(olderThan, isOurs));
  }

  /** Iterates over `open()`, and over a new one after a failure; `passed` notes how far the first one came. */
  private async *resuming<T>(open: () => AsyncIterable<T>, passed: (item: T) => void): AsyncGenerator<T> {
    let attempts = new Attempts(this.options);
    for (;;) {
      this.options.signal?.throwIfAborted();
      try {
        for await (const item of open()) {
          passed(item);
          yield item;
          attempts = new Attempts(this.options);
        }
        return;
      } catch (error) {
        await attempts.failed(error);
      }
    }
  }
}

function retryingLocks(inner: ObjectLocks, options: RetryOptions): ObjectLocks {
  return {
    days: inner.days,
    prove: () => retrying(options, () => inner.prove()),
    lock: (key, until) => retrying(options, () => inner.lock(key, until)),
    lockedUntil: (key) => retrying(options, () => inner.lockedUntil(key)),
  };
}
