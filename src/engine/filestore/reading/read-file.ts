import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataRun, FileIdentity, SparseLayout } from '../../../vault/manifests/manifest.js';
import type { ContentRef } from '../../../vault/manifests/content-ref.js';
import { cutLayout, layoutOf, mayHaveHoles } from './file-holes.js';
import { CLOCK_TICK_MS, fileIdentityOf, sameState } from './file-state.js';
import { unreadablePath } from '../filestore-failure.js';
import { holesOfAside } from '../libc.js';
import { attributes, type Scanned } from '../scan/scanned-entry.js';
import type { TreeRoot } from '../paths/tree-root.js';

const BUFFER_BYTES = 1024 * 1024;

/** A file that changes while it is read is read this often; what the last time gave is kept. */
export const READ_ATTEMPTS = 3;

export interface ReadOptions {
  signal: AbortSignal;
  /** Takes the bytes somewhere and says how to find them again. Called once an attempt. */
  store: (source: AsyncIterable<Buffer>) => Promise<ContentRef>;
  /** Bytes of data read; negative when they are to be read again. */
  onBytes?: (bytes: number) => void;
}

export type ReadOutcome =
  | {
      outcome: 'read';
      content: ContentRef;
      /** Of a file with holes: where the content lies in it. */
      sparse?: SparseLayout;
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
 * modification time, change time and inode are the same before and after. Reads again when they are not. Of a file with
 * holes only the data is read.
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
      const layout = mayHaveHoles(before) ? await findLayout(handle, path, size) : undefined;
      const runs = layout?.runs ?? [{ offset: 0, bytes: size }];
      const dataBytes = runs.reduce((sum, { bytes }) => sum + bytes, 0);
      const source = bytesOf(handle, path, runs, count, options.signal);
      const content = await options.store(source);
      const sparse = layout && (content.bytes < dataBytes ? cutLayout(layout, content.bytes) : layout);
      const changed = !sameState(before, await handle.stat({ bigint: true }));
      if (!changed || attempt === READ_ATTEMPTS) {
        const identity = changed ? undefined : fileIdentityOf(before.ctimeNs, before.ino, begun);
        return {
          outcome: 'read',
          content,
          ...(sparse && { sparse }),
          attributes: attributes(path, before),
          ...(identity && { identity }),
          changed,
        };
      }
      options.onBytes?.(-bytesRead);
    } finally {
      await handle.close();
    }
  }
}

async function findLayout(handle: FileHandle, path: Buffer, size: number): Promise<SparseLayout | undefined> {
  try {
    return await layoutOf(holesOfAside(handle.fd), size);
  } catch (error) {
    throw unreadablePath(path, error);
  }
}

/**
 * The bytes of some runs and no more, so that a file that grows as fast as it is read comes to an end; that it grew is
 * seen afterwards.
 */
async function* bytesOf(
  handle: FileHandle,
  path: Buffer,
  runs: readonly DataRun[],
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  for (const { offset, bytes } of runs) {
    for (let done = 0; done < bytes;) {
      signal.throwIfAborted();
      const buffer = Buffer.allocUnsafe(Math.min(BUFFER_BYTES, bytes - done));
      const bytesRead = await readAt(handle, path, buffer, offset + done);
      if (bytesRead === 0) return;
      done += bytesRead;
      onBytes(bytesRead);
      yield buffer.subarray(0, bytesRead);
    }
  }
}

async function readAt(handle: FileHandle, path: Buffer, buffer: Buffer, position: number): Promise<number> {
  try {
    return (await handle.read(buffer, 0, buffer.length, position)).bytesRead;
  } catch (error) {
    throw unreadablePath(path, error);
  }
}

/** The file's state once its times can be trusted to show a change. */
async function settled(handle: FileHandle, stats: BigIntStats): Promise<BigIntStats> {
  if (Math.abs(Date.now() - Number(stats.ctimeMs)) > CLOCK_TICK_MS) return stats;
  await sleep(CLOCK_TICK_MS);
  return handle.stat({ bigint: true });
}
