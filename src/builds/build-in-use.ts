import { unlinkSync } from 'node:fs';
import { stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MARK_AGAIN_MS, markName, markOf, MARKS } from './build-mark.js';
import { isRun } from './living-marks.js';

/** Of the build this module belongs to, as it really lies: `dist` may lead to another one by now. */
const BUILD = join(import.meta.dirname, '..', '..');

/**
 * Says for as long as this process lives that it runs from its build, so that the build is not removed. Does nothing where
 * that cannot be said: in an image, from the sources. Never rejects.
 */
export async function useBuild(build = BUILD): Promise<void> {
  const mark = await markOf(process.pid);
  if (mark === undefined) return;
  const path = join(build, MARKS, markName(mark));
  const written = await writeFile(path, '', { flag: 'wx' }).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'EEXIST',
  );
  if (!written) return;
  // Those that were killed could not take theirs along.
  const spokeAt = await stat(path).catch(() => undefined);
  if (spokeAt !== undefined) await isRun(build, spokeAt.mtimeMs);
  const again = setInterval(() => {
    const now = new Date();
    void utimes(path, now, now).catch(() => undefined);
  }, MARK_AGAIN_MS);
  again.unref();
  process.once('exit', () => {
    try {
      unlinkSync(path);
    } catch {
      // Whoever looks next finds that no such process lives.
    }
  });
}
