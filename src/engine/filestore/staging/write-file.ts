import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { type FileEntry, fileSize } from '../../../vault/manifests/manifest.js';
import { EngineError } from '../../engine-error.js';
import { dataRuns, Placement } from './data-runs.js';
import { displayPath } from '../paths/encoded-path.js';
import { setOpenMtime, startWriteBackAside } from '../libc.js';
import type { Ownership } from './ownership.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Of a large file so many bytes are written before the disk gets them. */
const WRITE_BACK_BYTES = 32 * 1024 * 1024;

export interface WriteOptions {
  source: AsyncIterable<Buffer>;
  ownership: Ownership;
  signal: AbortSignal;
  onBytes: (bytes: number) => void;
}

/**
 * Creates one file with its content, owner, mode and modification time; holes stay holes, and blocks of zeros are left
 * out and become some. Nothing may be at the path yet, not even a symbolic link. Rejects with an errno `code`,
 * with what the source throws, or with `EngineError('snapshot-damaged')` when the source is shorter or
 * longer than the manifest says.
 */
export async function writeFile(path: Buffer, entry: FileEntry, options: WriteOptions): Promise<void> {
  // Nobody else may open it before it has its final owner and mode.
  const handle = await open(path as unknown as string, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    if (entry.content.bytes > 0) await writeContent(handle, entry, options);
    else if (fileSize(entry) > 0) await handle.truncate(fileSize(entry));
    await options.ownership.applyTo(handle, entry);
    // Last, since writing changes it.
    setOpenMtime(handle.fd, BigInt(entry.mtimeNs));
    await startWriteBackAside(handle.fd);
  } finally {
    await handle.close();
  }
}

async function writeContent(handle: FileHandle, entry: FileEntry, options: WriteOptions): Promise<void> {
  const size = fileSize(entry);
  const placement = new Placement(entry.sparse?.runs ?? [{ offset: 0, bytes: size }]);
  let length = 0;
  let end = 0;
  let unwritten = 0;
  for await (const piece of options.source) {
    options.signal.throwIfAborted();
    for (const { offset, part } of placement.place(piece)) {
      for (const run of dataRuns(part)) {
        await writeAll(handle, part.subarray(run.start, run.end), offset + run.start);
        end = offset + run.end;
      }
    }
    length += piece.length;
    options.onBytes(piece.length);
    unwritten += piece.length;
    if (unwritten < WRITE_BACK_BYTES) continue;
    unwritten = 0;
    await startWriteBackAside(handle.fd);
  }
  if (length !== entry.content.bytes) throw wrongLength(entry, length);
  if (end < size) await handle.truncate(size);
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** For a content that is longer or shorter than its entry says. */
function wrongLength(entry: FileEntry, bytes: number): EngineError {
  return new EngineError(
    'snapshot-damaged',
    `"${displayPath(entry.path)}" has ${bytes} bytes in the vault and ${entry.content.bytes} in the manifest.`,
  );
}
