import type { Backend, ByteRange, ListedObject, LockedObject, ObjectFacts, ObjectFile } from '../backend.js';
import { BackendError } from '../backend-error.js';

/** Refuses with `BackendError('denied')` all that would change something, before the backend hears of it. */
export class ReadOnlyBackend implements Backend {
  readonly locks = null;

  constructor(private readonly inner: Backend) {}

  put(key: string): Promise<void> {
    return refuse(key);
  }

  replace(key: string): Promise<void> {
    return refuse(key);
  }

  read(key: string, range?: ByteRange): Promise<Buffer> {
    return this.inner.read(key, range);
  }

  openFile(key: string): Promise<ObjectFile | null> {
    return this.inner.openFile(key);
  }

  stream(key: string, offset?: number): AsyncIterable<Buffer> {
    return this.inner.stream(key, offset);
  }

  stat(key: string): Promise<ObjectFacts | null> {
    return this.inner.stat(key);
  }

  list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    return this.inner.list(prefix, after);
  }

  delete(keys: readonly string[]): Promise<readonly LockedObject[]> {
    return refuse(`${keys.length} objects`);
  }

  removeUnfinished(): Promise<number> {
    return refuse('what writers have left');
  }
}

async function refuse(what: string): Promise<never> {
  throw new BackendError('denied', `The store is open for reading only; ${what} cannot be changed.`);
}
