import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_MODE, syncDirectory } from '../durable-file.js';
import { forEachConcurrently } from '../for-each-concurrently.js';
import { isChunkId, type ProjectLayout } from '../project-layout.js';
import { errnoOf, unlessMissing } from '../storage-error.js';
import { listCaptures } from './captures-under-way.js';
import type { LiveChunks } from './live-chunks.js';

/** The end of the name of a directory that chunks may still be moved into. */
export const OPEN = '.open';

const REMOVALS_AT_ONCE = 16;
const RECORD = 'captures.json';

export interface Removed {
  chunks: number;
  bytes: number;
}

/**
 * Decides about all condemned chunks of a project whose time has come, and leaves the others to the next
 * collection. The order of the steps is what makes it safe: see collect.ts.
 */
export async function settleCondemned(layout: ProjectLayout, live: LiveChunks, signal: AbortSignal): Promise<Removed> {
  const removed: Removed = { chunks: 0, bytes: 0 };
  for (const name of (await unlessMissing(readdir(layout.condemned))) ?? []) {
    signal.throwIfAborted();
    const directory = await seal(layout, name);
    const awaited = await unlessMissing(recordedCaptures(layout, directory));
    // Another collection was faster.
    if (awaited === undefined) continue;
    const underWay = new Set(await listCaptures(layout));
    if (awaited.some((capture) => underWay.has(capture))) continue;

    await live.refresh(signal);
    // A manifest whose deletion a power cut could still undo would come back without its chunks.
    await unlessMissing(syncDirectory(layout.manifests));
    const ids = ((await unlessMissing(readdir(directory))) ?? []).filter(isChunkId);
    await forEachConcurrently(ids, REMOVALS_AT_ONCE, async (id) => {
      signal.throwIfAborted();
      const bytes = await settle(layout, join(directory, id), id, live);
      if (bytes === undefined) return;
      removed.chunks += 1;
      removed.bytes += bytes;
    });
    await removeEmptied(directory);
  }
  return removed;
}

/** From here on nothing is moved into the directory any more: its name has changed. */
async function seal(layout: ProjectLayout, name: string): Promise<string> {
  const path = join(layout.condemned, name);
  if (!name.endsWith(OPEN)) return path;
  const sealed = path.slice(0, -OPEN.length);
  await unlessMissing(rename(path, sealed));
  return sealed;
}

/**
 * The captures that were under way after the directory was sealed, written down by whoever came first. Any
 * list made after the sealing will do, so one that cannot be read is made anew.
 */
async function recordedCaptures(layout: ProjectLayout, directory: string): Promise<string[]> {
  const record = join(directory, RECORD);
  const recorded = parseRecord(await unlessMissing(readFile(record, 'utf8')));
  if (recorded !== undefined) return recorded;
  const captures = await listCaptures(layout);
  // Nothing to wait for, nothing to write down: a collection has to work on a full disk above all.
  if (captures.length === 0) return captures;
  const temporary = `${record}.${randomUUID()}`;
  await writeFile(temporary, JSON.stringify(captures), { flag: 'wx', mode: FILE_MODE });
  await rename(temporary, record);
  return captures;
}

function parseRecord(text: string | undefined): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Deletes one condemned chunk and returns its size, or puts it back when it is needed after all. */
async function settle(layout: ProjectLayout, file: string, id: string, live: LiveChunks): Promise<number | undefined> {
  const place = layout.chunk(id);
  if (live.has(id) && (await unlessMissing(stat(place))) === undefined) {
    await unlessMissing(rename(file, place));
    return undefined;
  }
  // Not needed, or stored again since: this copy can go.
  const stats = await unlessMissing(stat(file));
  if (stats === undefined || (await unlessMissing(unlink(file).then(() => true))) === undefined) return undefined;
  return live.has(id) ? undefined : stats.size;
}

async function removeEmptied(directory: string): Promise<void> {
  for (const name of (await unlessMissing(readdir(directory))) ?? []) {
    if (name.startsWith(RECORD)) await unlessMissing(unlink(join(directory, name)));
  }
  try {
    await rmdir(directory);
  } catch (error) {
    // Something has come in that is not ours to judge; or it is gone already.
    const errno = errnoOf(error);
    if (errno !== 'ENOTEMPTY' && errno !== 'EEXIST' && errno !== 'ENOENT') throw error;
  }
}
