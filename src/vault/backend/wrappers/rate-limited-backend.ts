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
import type { TokenBucket } from './token-bucket.js';

/** One bucket for each direction; the same one for both limits their sum, none leaves the direction alone. */
export interface RateLimits {
  upload?: TokenBucket;
  download?: TokenBucket;
}

/** Lets the bytes of objects pass at a limited rate. Listings, sizes and deletions are not counted. */
export class RateLimitedBackend implements Backend {
  constructor(
    private readonly inner: Backend,
    private readonly limits: RateLimits,
  ) {}

  get locks(): ObjectLocks | null {
    return this.inner.locks;
  }

  put(key: string, object: ObjectSource): Promise<void> {
    const { upload } = this.limits;
    if (upload === undefined) return this.inner.put(key, object);
    return this.inner.put(key, { bytes: object.bytes, open: () => metered(object.open(), upload) });
  }

  async replace(key: string, bytes: Buffer): Promise<void> {
    await this.limits.upload?.take(bytes.length);
    await this.inner.replace(key, bytes);
  }

  async read(key: string, range?: ByteRange): Promise<Buffer> {
    const buffer = await this.inner.read(key, range);
    // Only now is it known how much a whole object is. The next one waits for it.
    await this.limits.download?.take(buffer.length);
    return buffer;
  }

  async openFile(key: string): Promise<ObjectFile | null> {
    // What is read of it could not be counted.
    return this.limits.download === undefined ? this.inner.openFile(key) : null;
  }

  stream(key: string, offset?: number): AsyncIterable<Buffer> {
    const stream = this.inner.stream(key, offset);
    return this.limits.download === undefined ? stream : metered(stream, this.limits.download);
  }

  stat(key: string): Promise<ObjectFacts | null> {
    return this.inner.stat(key);
  }

  list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    return this.inner.list(prefix, after);
  }

  delete(keys: readonly string[]): Promise<readonly LockedObject[]> {
    return this.inner.delete(keys);
  }

  removeUnfinished(olderThan: Date, isOurs: (key: string) => boolean): Promise<number> {
    return this.inner.removeUnfinished(olderThan, isOurs);
  }
}

async function* metered(buffers: AsyncIterable<Buffer>, bucket: TokenBucket): AsyncGenerator<Buffer> {
  for await (const buffer of buffers) {
    await bucket.take(buffer.length);
    yield buffer;
  }
}
