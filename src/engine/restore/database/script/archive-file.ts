import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../../engine-error.js';
import { ARCHIVE_HEADER_BYTES } from './archive-version.js';

/** Of everything that is written here: a snapshot's definitions are nobody else's business. */
const FILE_MODE = 0o600;

export function archiveIn(directory: string): string {
  return join(directory, 'archive');
}

/** Never rejects. */
export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true }).catch(() => undefined);
}

/** Writes an archive down; resolves to what it begins with. Rejects as `DefinitionsArchive.open` does. */
export async function writeArchive(
  content: AsyncIterable<Buffer>,
  directory: string,
  signal: AbortSignal,
): Promise<Buffer> {
  let header: Buffer = Buffer.alloc(0);
  const file = await onDisk(directory, () => open(archiveIn(directory), 'wx', FILE_MODE));
  try {
    for await (const bytes of content) {
      signal.throwIfAborted();
      if (header.length < ARCHIVE_HEADER_BYTES) {
        header = Buffer.concat([header, bytes.subarray(0, ARCHIVE_HEADER_BYTES - header.length)]);
      }
      await onDisk(directory, () => file.writeFile(bytes));
    }
    return header;
  } finally {
    await file.close();
  }
}

/** Says what a failing disk means. */
export async function onDisk<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new EngineError(
      full ? 'disk-full' : 'restore-failed',
      full
        ? `There is no room for the snapshot's definitions and large objects in "${directory}"; make some, or set TMPDIR to a larger place.`
        : `The snapshot's definitions could not be written to "${directory}": ${message}.`,
      { cause: error },
    );
  }
}
