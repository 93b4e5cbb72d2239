import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { openUnnamedFile } from '../../../vault/files/unnamed-file.js';
import { EngineError } from '../../engine-error.js';
import { reasonOf } from '../../filestore/filestore-failure.js';
import { errnoOf } from '../../../vault/errno.js';

/** So much stays in memory; what is more goes into a file, which most captures never need. */
const MEMORY_BYTES = 1024 * 1024;
const READ_BYTES = 64 * 1024;

const NUL = '\0';

/**
 * A list of paths that is written once and then read, in bounded memory whatever its length is: what does not fit goes into a file without a
 * name in the directory for temporary files, which nobody else may read and which is gone with this process. No path contains a NUL, as
 * PostgreSQL's text has none.
 */
export class PathSpool {
  private waiting: string[] = [];
  private waitingBytes = 0;
  private file: FileHandle | undefined;
  private written = 0;

  /** Rejects with `EngineError('disk-full' | 'temporary-files')`. */
  async add(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      this.waiting.push(path);
      this.waitingBytes += path.length + 1;
    }
    if (this.waitingBytes >= MEMORY_BYTES) await onDisk(() => this.flush());
  }

  /** All of them, some at a time, in their order. Nothing is added after that. */
  async *read(): AsyncGenerator<string[]> {
    let rest = Buffer.alloc(0);
    for (let position = 0; position < this.written;) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, this.written - position));
      const { bytesRead } = await onDisk(() => this.file!.read(buffer, 0, buffer.length, position));
      position += bytesRead;
      const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = bytes.lastIndexOf(0);
      rest = bytes.subarray(end + 1);
      if (end > 0) yield bytes.toString('utf8', 0, end).split(NUL);
    }
    if (this.waiting.length > 0) yield this.waiting;
  }

  /** Gives the file back to the system. Safe at any time, and more than once. */
  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    this.written = 0;
    this.waiting = [];
    await file?.close();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.from(this.waiting.join(NUL) + NUL);
    this.file ??= await openUnnamedFile(tmpdir());
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, this.written + done);
      done += bytesWritten;
    }
    this.written += bytes.length;
    this.waiting = [];
    this.waitingBytes = 0;
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    const message = `The paths that the query in fileReferences returns do not go into the directory for temporary files, ${tmpdir()}: ${reasonOf(error)}. ${isFull ? 'Make room there' : 'Mend that'}, or set TMPDIR.`;
    throw new EngineError(isFull ? 'disk-full' : 'file-references-failed', message, { cause: error });
  }
}
