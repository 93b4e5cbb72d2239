import { access, constants, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';

/** Linux's file system in memory. */
const MEMORY = '/dev/shm';
/** Servers of a run come to less than half of that. A container has 64 MB there unless told, and stays on its disk. */
const ENOUGH_BYTES = 6 * 1024 ** 3;

/** Where the directories of servers can lie: in memory, and where there is no room for them, among the temporary files. */
export const SERVER_PLACES = [MEMORY, tmpdir()] as const;

/**
 * In memory where there is room. Tests make and drop thousands of databases of 300 files each, which a disk's file
 * system takes three times as long for, all of it spent by the processor.
 */
export async function serverPlace(): Promise<string> {
  const place = await statfs(MEMORY).catch(() => undefined);
  const writable = await access(MEMORY, constants.W_OK).then(
    () => true,
    () => false,
  );
  return writable && place !== undefined && place.bavail * place.bsize >= ENOUGH_BYTES ? MEMORY : tmpdir();
}
