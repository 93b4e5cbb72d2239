import type { ContentRef } from '../../../vault/manifests/content-ref.js';
import { deliverHere } from '../../../vault/reading/content-taker.js';
import type { ContentSource } from '../staging/content-source.js';

/** A source that has some contents besides, in memory, by SHA-256. */
export function withContents(source: ContentSource, own: ReadonlyMap<string, Buffer>): ContentSource {
  const readAll = async (contents: readonly ContentRef[]): Promise<Buffer[]> => {
    const others = contents.filter(({ sha256 }) => !own.has(sha256));
    const read = await source.readAll(others);
    let next = 0;
    // A copy of each: whoever gets one may do with it what it likes.
    return contents.map(({ sha256 }) => (own.has(sha256) ? Buffer.from(own.get(sha256)!) : read[next++]!));
  };
  return {
    read: (content) => (own.has(content.sha256) ? once(own.get(content.sha256)!) : source.read(content)),
    readAll,
    // Where none of these is among them, on the thread that opens them, as ever.
    deliver: (contents, taker, what) =>
      contents.some(({ sha256 }) => own.has(sha256))
        ? deliverHere(readAll, contents, taker, what)
        : source.deliver(contents, taker, what),
  };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield Buffer.from(bytes);
}
