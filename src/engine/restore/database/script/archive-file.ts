import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { openUnnamedFile } from '../../../../vault/files/unnamed-file.js';
import { EngineError } from '../../../engine-error.js';
import { startChild, type Child } from '../../../postgres/programs/child.js';
import { ARCHIVE_HEADER_BYTES } from './archive-version.js';

/**
 * A `pg_dump` archive in a file that no directory lists: however this process ends, nothing of a snapshot's definitions and large
 * objects stays behind in plain text.
 */
export class ArchiveFile {
  private constructor(
    private readonly file: FileHandle,
    /** What the archive begins with. */
    readonly header: Buffer,
  ) {}

  /** Writes it into this directory. Rejects as `DefinitionsScript.open` does. */
  static async write(content: AsyncIterable<Buffer>, directory: string, signal: AbortSignal): Promise<ArchiveFile> {
    let header: Buffer = Buffer.alloc(0);
    const file = await onDisk(directory, () => openUnnamedFile(directory));
    try {
      for await (const bytes of content) {
        signal.throwIfAborted();
        if (header.length < ARCHIVE_HEADER_BYTES) {
          header = Buffer.concat([header, bytes.subarray(0, ARCHIVE_HEADER_BYTES - header.length)]);
        }
        await onDisk(directory, () => file.writeFile(bytes));
      }
      return new ArchiveFile(file, header);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Starts a program that reads the archive, from its beginning, as standard input. Several may do so at a time. */
  async startReader(
    program: string,
    programArguments: readonly string[],
    options: { env: NodeJS.ProcessEnv; stdout?: number },
  ): Promise<Child> {
    const { env, stdout } = options;
    const again = await this.openAgain();
    try {
      const files = { ...(again && { stdin: again.fd }), ...(stdout !== undefined && { stdout }) };
      const child = await startChild(program, programArguments, { env, files });
      if (!again) void this.pipeInto(child);
      return child;
    } finally {
      await again?.close();
    }
  }

  /** May be called again. Never rejects. */
  async close(): Promise<void> {
    await this.file.close().catch(() => undefined);
  }

  /** With a position of its own, which a copy of the descriptor would share; nothing where the system has no such way. */
  private async openAgain(): Promise<FileHandle | undefined> {
    return process.platform === 'linux' ? open(`/proc/self/fd/${this.file.fd}`) : undefined;
  }

  private async pipeInto(child: Child): Promise<void> {
    const content = createReadStream('', { fd: this.file.fd, start: 0, autoClose: false });
    // The program's exit status tells whether it has got what it needs.
    await pipeline(content, child.stdin).catch(() => undefined);
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
