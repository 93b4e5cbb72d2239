import { tmpdir } from 'node:os';
import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import { openUnnamedFile } from '../files/unnamed-file.js';
import type { DataKey } from '../keys/data-key.js';
import { sealStream } from '../manifests/sealed-stream.js';
import { Thread } from '../threads/thread.js';
import { Listing } from './listing.js';
import { ListingBuilder } from './listing-builder.js';
import type { ListingAnswer, ListingQuestion } from './listing-thread.js';

/** The lines of a manifest's entries, some at a time, each with its newline. */
export type EntryLinesSource = AsyncIterable<Buffer[]>;

/** A listing in memory, made here: for manifests of which there is no more than that takes. Rejects with what the lines reject with. */
export async function listingInMemory(lines: EntryLinesSource): Promise<Listing> {
  const builder = new ListingBuilder();
  try {
    for await (const batch of lines) await builder.add(batch);
    const pieces: Buffer[] = [];
    for await (const piece of builder.pieces()) pieces.push(piece);
    const all = Buffer.concat(pieces);
    const read = async (offset: number, bytes: number) => all.subarray(offset, offset + bytes);
    return await Listing.open({ bytes: all.length, heldBytes: all.length, read });
  } finally {
    await builder.dispose();
  }
}

/**
 * Makes a listing on a thread and stores it, sealed. Another process that does the same stores as good a one. Rejects with what the lines
 * reject with, and as the backend does.
 */
export async function storeListing(
  backend: Backend,
  key: string,
  seal: { dataKey: DataKey; context: string },
  lines: EntryLinesSource,
): Promise<void> {
  const thread = new Thread<ListingQuestion, ListingAnswer>('listing-thread', import.meta.url, undefined);
  const file = await openUnnamedFile(tmpdir());
  try {
    for await (const batch of lines) {
      const bytes = new Uint8Array(Buffer.concat(batch));
      await thread.ask({ kind: 'add', lines: bytes }, [bytes.buffer]);
    }
    let bytes = 0;
    for await (const buffer of sealStream(seal.dataKey, seal.context, piecesOf(thread))) {
      await file.writeFile(buffer);
      bytes += buffer.length;
    }
    const open = () => file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>;
    await backend.put(key, { bytes, open });
  } catch (error) {
    // Somebody else's, compressed by another version.
    if (!isBackendError(error, 'exists')) throw error;
  } finally {
    await file.close();
    await thread.end();
  }
}

async function* piecesOf(thread: Thread<ListingQuestion, ListingAnswer>): AsyncGenerator<Buffer> {
  for (
    let piece = await thread.ask({ kind: 'next' });
    piece !== undefined;
    piece = await thread.ask({ kind: 'next' })
  ) {
    yield Buffer.from(piece.buffer);
  }
}
