import { randomUUID } from 'node:crypto';
import { constants, unlinkSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Nobody else may read what is being captured. */
const FILE_MODE = 0o600;

/** Linux: a file in this directory, without a name. Node has no constant for it. */
const O_TMPFILE = process.platform === 'linux' ? constants.O_DIRECTORY | 0o20000000 : undefined;

/**
 * Opens a temporary file, to be written and read, that no directory lists: the kernel removes it with the last process that has it
 * open, however that ends. Rejects with what the operating system says.
 */
export async function openUnnamedFile(directory: string): Promise<FileHandle> {
  if (O_TMPFILE !== undefined) {
    try {
      return await open(directory, O_TMPFILE | constants.O_RDWR, FILE_MODE);
    } catch {
      // Not every file system can do that; another reason is met again below.
    }
  }
  // Empty as long as it has a name.
  const file = join(directory, `snapback-${randomUUID()}`);
  const handle = await open(file, 'wx+', FILE_MODE);
  // At once, so that hardly a moment is left in which a process that is killed leaves the name.
  unlinkSync(file);
  return handle;
}

/** What the clock says by which the files in this directory are stamped, in milliseconds; it may be another machine's. */
export async function timeOfFileSystem(directory: string): Promise<number> {
  const file = await openUnnamedFile(directory);
  try {
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
  }
}
