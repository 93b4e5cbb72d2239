import type { ContentRef } from '../../../vault/manifests/content-ref.js';
import type { ContentSink } from '../../../vault/packing/content-sink.js';
import type { ContentSource } from '../../../vault/packing/content-source.js';
import { type PackedItems, unpackItems } from '../scan/packed-items.js';
import { type NotAsScanned, readUnchanged } from './read-unchanged.js';

/** The directory, held open, and where it was then. */
export interface FilesStart {
  fd: number;
  path: Uint8Array;
}

/** In the order of the files. */
export type FilesAnswer = (ContentRef | NotAsScanned)[];

/** Reads files as they were scanned; loaded by files-reader.ts on threads of the vault. */
export default function filesSource(
  { fd, path }: FilesStart,
  sink: ContentSink,
): ContentSource<PackedItems, FilesAnswer> {
  const root = { fd, path: Buffer.from(path) };
  let isClosed = false;
  return {
    answer: async (files) => {
      const contents: FilesAnswer = [];
      for (const file of unpackItems(files)) {
        if (file.kind !== 'file') throw new TypeError('Only files are read.');
        contents.push(await readUnchanged(root, file.path, file, sink, () => isClosed));
      }
      return contents;
    },
    close: () => {
      isClosed = true;
    },
  };
}
