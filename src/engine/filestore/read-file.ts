import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContentRef, FileIdentity } from '../../vault/manifest.js';
import { unreadable } from './filestore-failure.js';
import { attributes, type Scanned } from './scanned-entry.js';
import type { TreeRoot } from './tree-root.js';

const BUFFER_BYTES = 1024 * 1024;

/** A file that changes while it is read is read this often; what the last time gave is kept. */
export const READ_ATTEMPTS = 3;

/**
 * File systems stamp changes by the kernel's tick, 1 to 10 ms (Linux before 6.13, and some since): a file
 * changed within the last tick can change again without its times telling.
 */
const CLOCK_TICK_MS = 20;

/**
 * A file that was changed so recently when it was read has no identity: a second change within the same tick of the
 * clock that stamps it, which may be a file server's and not quite ours, would leave all of it as it is. Git calls such
 * entries racy. (Writes through a shared memory mapping are stamped up to half a minute late, whatever one does.)
 */
export const RACY_MS = 2_000;

export interface ReadOptions {
  signal: AbortSignal;
  /** Takes the bytes somewhere and says how to find them again. Called once an attempt. */
  store: (source: AsyncIterable<Buffer>, expectedBytes: number) => Promise<ContentRef>;
  /** Bytes read; negative when they are to be read again. */
  onBytes?: (bytes: number) => void;
}

export type ReadOutcome =
  | {
      outcome: 'read';
      content: ContentRef;
      /** The file's attributes when this content was begun, so newer than the scan's. */
      attributes: Scanned;
      /** What a later differential may know this content by; left out where that would not be safe. */
      identity?: FileIdentity;
      /** True when it changed during every attempt: the content may mix two states of the file. */
      changed: boolean;
    }
  /** There is no such file any more. */
  | { outcome: 'gone' }
  /** Something of another kind has its name now. */
  | { outcome: 'replaced' };

/**
 * Reads one regular file, in buffers of at most 1 MiB, so that what was stored is one state of it: size,
 * modification time, change time and inode are the same before and after. Reads again when they are not.
 *
 * Rejects with `EngineError('filestore-unreadable')` naming the file, with what `store` rejected with, or
 * with `signal.reason`.
 */
export async function readFile(tree: TreeRoot, path: Buffer, options: ReadOptions): Promise<ReadOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    options.signal.throwIfAborted();
    const opened = await tree.openFile(path);
    if (typeof opened === 'string') return { outcome: opened };
    const { handle } = opened;
    let bytesRead = 0;
    const count = (bytes: number) => {
      bytesRead += bytes;
      options.onBytes?.(bytes);
    };
    try {
      const before = await settled(handle, opened.stats);
      const begun = Date.now();
      const size = Number(before.size);
      const content = await options.store(bytesOf(handle, path, size, count, options.signal), size);
      const changed = !sameState(before, await handle.stat({ bigint: true }));
      if (!changed || attempt === READ_ATTEMPTS) {
        const known = !changed && begun - Number(before.ctimeMs) > RACY_MS ? { identity: identityOf(before) } : {};
        return { outcome: 'read', content, attributes: attributes(path, before), ...known, changed };
      }
      options.onBytes?.(-bytesRead);
    } finally {
      await handle.close();
    }
  }
}

/**
 * At most `size` bytes, so that a file that grows as fast as it is read comes to an end; that it grew is
 * seen afterwards.
 */
async function* bytesOf(
  handle: FileHandle,
  path: Buffer,
  size: number,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  let position = 0;
  while (position < size) {
    signal.throwIfAborted();
    const buffer = Buffer.allocUnsafe(Math.min(BUFFER_BYTES, size - position));
    const bytesRead = await readAt(handle, path, buffer, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    onBytes(bytesRead);
    yield buffer.subarray(0, bytesRead);
  }
}

async function readAt(handle: FileHandle, path: Buffer, buffer: Buffer, position: number): Promise<number> {
  try {
    return (await handle.read(buffer, 0, buffer.length, position)).bytesRead;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The file's state once its times can be trusted to show a change. */
async function settled(handle: FileHandle, stats: BigIntStats): Promise<BigIntStats> {
  if (Math.abs(Date.now() - Number(stats.ctimeMs)) > CLOCK_TICK_MS) return stats;
  await sleep(CLOCK_TICK_MS);
  return handle.stat({ bigint: true });
}

function identityOf({ ctimeNs, ino }: BigIntStats): FileIdentity {
  return { ctimeNs: String(ctimeNs), inode: String(ino) };
}

// The handle stays on one inode, but a file that another one was renamed over changes its change time.
function sameState(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino;
}
