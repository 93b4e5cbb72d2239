import type { FileEntry } from '../../vault/manifests/manifest.js';
import type { ContentSource } from '../filestore/staging/content-source.js';
import type { StagedEntry } from '../filestore/staging/tree-builder.js';

/** Small files are asked for together: each alone would be a request to the store. */
const BATCH_FILES = 128;
const BATCH_BYTES = 4 * 1024 * 1024;
const SMALL_BYTES = 1024 * 1024;

/** What is in a file, without its holes. */
export type Content = AsyncIterable<Buffer> | Iterable<Buffer>;

export type EntryWithContent =
  | { entry: FileEntry; content: Content }
  | { entry: Exclude<StagedEntry, FileEntry>; content?: undefined };

/** Entries in their order, each file with what is in it, which is taken before the next one is asked for. In bounded memory. Rejects as their sources do. */
export async function* withTheirContents(
  entries: AsyncIterable<StagedEntry>,
  contents: ContentSource,
): AsyncGenerator<EntryWithContent> {
  let batch: FileEntry[] = [];
  let bytes = 0;
  async function* flush(): AsyncGenerator<EntryWithContent> {
    const files = batch;
    [batch, bytes] = [[], 0];
    if (files.length === 0) return;
    const read = await contents.readAll(files.map(({ content }) => content));
    for (const [index, entry] of files.entries()) yield { entry, content: [read[index]!] };
  }
  for await (const entry of entries) {
    if (entry.kind !== 'file') {
      yield* flush();
      yield { entry };
    } else if (entry.content.bytes > SMALL_BYTES || entry.sparse !== undefined) {
      yield* flush();
      yield { entry, content: contents.read(entry.content) };
    } else {
      batch.push(entry);
      bytes += entry.content.bytes;
      if (batch.length >= BATCH_FILES || bytes >= BATCH_BYTES) yield* flush();
    }
  }
  yield* flush();
}
