import { randomUUID } from 'node:crypto';
import { readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../durable-file.js';
import { forEachConcurrently } from '../for-each-concurrently.js';
import { isChunkId, type ProjectLayout } from '../project-layout.js';
import { unlessMissing } from '../storage-error.js';
import type { LiveChunks } from './live-chunks.js';
import { OPEN } from './settle-condemned.js';

const MOVES_AT_ONCE = 16;

/**
 * Moves the chunks that no published manifest refers to, and that nobody has written or touched since
 * `before` (milliseconds), out of their place into a new directory below `condemned/`. Nothing is
 * deleted. Ends early when another collection has sealed that directory.
 */
export async function condemnGarbage(
  layout: ProjectLayout,
  live: LiveChunks,
  before: number,
  signal: AbortSignal,
): Promise<void> {
  const directory = join(layout.condemned, randomUUID() + OPEN);
  let sealed = false;
  let created: Promise<void> | undefined;

  const condemn = async (file: string, id: string): Promise<void> => {
    signal.throwIfAborted();
    const stats = await unlessMissing(stat(file));
    if (sealed || stats === undefined || stats.mtimeMs >= before) return;
    await (created ??= makeDirectory(directory));
    const moved = await unlessMissing(rename(file, join(directory, id)).then(() => true));
    if (moved === undefined) sealed = (await unlessMissing(stat(directory))) === undefined;
  };

  for (const prefix of (await unlessMissing(readdir(layout.objects))) ?? []) {
    if (sealed) return;
    const ids = (await unlessMissing(readdir(join(layout.objects, prefix)))) ?? [];
    const garbage = ids.filter((id) => isChunkId(id) && !live.has(id));
    await forEachConcurrently(garbage, MOVES_AT_ONCE, (id) => condemn(layout.chunk(id), id));
  }
}
