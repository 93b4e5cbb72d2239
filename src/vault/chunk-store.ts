import { mkdir, open, readdir, rename, stat, utimes, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Budget } from './budget.js';
import { decodeFrame, encodeFrame, isPlausibleFrameSize } from './chunk-frame.js';
import { DIRECTORY_MODE, writeNewFile } from './durable-file.js';
import type { ChunkRef } from './manifest.js';
import type { ProjectLayout } from './project-layout.js';
import { isMissing, unlessMissing } from './storage-error.js';
import { VaultError } from './vault-error.js';

/**
 * How often a chunk is looked for before it counts as missing. A collection may move it between two
 * places while we look (gc/collect.ts), at most a few times in its life.
 */
const LOOKS = 4;

/** The chunks of one project as files. A chunk that is there is never written again, only touched. */
export class ChunkStore {
  constructor(
    private readonly layout: ProjectLayout,
    /**
     * Shared by all that writes. Bounds the open files and the compressors, which need some megabytes
     * each, and still lets the file system sync many files in one go.
     */
    private readonly writes: Budget,
  ) {}

  /**
   * Whether the chunk is there already and can be used again. Its time is set to `now`, which keeps the
   * next collection from moving it away. Its content is not read: a file that is empty or too long
   * is replaced, any other damage is found by `read()`.
   */
  async reuse(chunk: ChunkRef, now: number): Promise<boolean> {
    const path = this.layout.chunk(chunk.id);
    const stats = await unlessMissing(stat(path));
    if (stats === undefined || !isPlausibleFrameSize(stats.size, chunk.bytes)) return false;
    // Only spares the collection work; whether the chunk is safe does not depend on its time.
    await utimes(path, now / 1000, now / 1000).catch(() => undefined);
    return true;
  }

  /**
   * Writes a chunk through a temporary file. Returns the bytes written. The bytes are durable, the name is
   * so after the directory has been synced.
   */
  async write(id: string, plain: Buffer, temporary: string): Promise<number> {
    return this.writes.using(1, async () => {
      const frame = await encodeFrame(plain);
      // The bytes are synced before they get their name: a name always leads to whole bytes.
      await writeNewFile(temporary, frame);
      await this.moveIn(temporary, id);
      return frame.reduce((bytes, part) => bytes + part.length, 0);
    });
  }

  /** The plain bytes of a chunk. Throws `VaultError('chunk-missing' | 'chunk-damaged')`. */
  async read(chunk: ChunkRef): Promise<Buffer> {
    const handle = await this.find(chunk.id);
    if (handle === undefined) throw this.missing(chunk.id);
    try {
      const { size } = await handle.stat();
      const frame = isPlausibleFrameSize(size, chunk.bytes) ? await handle.readFile() : undefined;
      const plain = frame && (await decodeFrame(frame, chunk));
      if (plain === undefined) throw this.damaged(chunk.id);
      return plain;
    } catch (error) {
      // The disk could not read what it holds: for the reader that is the same damage.
      if (error instanceof Error && 'code' in error && error.code === 'EIO') throw this.damaged(chunk.id, error);
      throw error;
    } finally {
      await handle.close();
    }
  }

  /**
   * Makes sure that the chunk lies in its place, for a snapshot about to be published, and takes it back
   * from a collection that has moved it away. Throws `VaultError('chunk-missing' | 'chunk-damaged')`.
   */
  async ensure(id: string): Promise<void> {
    for (let look = 0; look < LOOKS; look++) {
      const stats = await unlessMissing(stat(this.layout.chunk(id)));
      if (stats?.size === 0) throw this.damaged(id);
      if (stats !== undefined) return;
      for (const copy of await this.condemnedCopies(id)) {
        if ((await unlessMissing(rename(copy, this.layout.chunk(id)).then(() => true))) === true) return;
      }
    }
    throw this.missing(id);
  }

  private async find(id: string): Promise<FileHandle | undefined> {
    for (let look = 0; look < LOOKS; look++) {
      const handle = await unlessMissing(open(this.layout.chunk(id), 'r'));
      if (handle !== undefined) return handle;
      for (const copy of await this.condemnedCopies(id)) {
        const condemned = await unlessMissing(open(copy, 'r'));
        if (condemned !== undefined) return condemned;
      }
    }
    return undefined;
  }

  /** Where a chunk may lie that a collection has moved away and not deleted. */
  private async condemnedCopies(id: string): Promise<string[]> {
    const sweeps = (await unlessMissing(readdir(this.layout.condemned))) ?? [];
    return sweeps.map((sweep) => join(this.layout.condemned, sweep, id));
  }

  private async moveIn(temporary: string, id: string): Promise<void> {
    try {
      await rename(temporary, this.layout.chunk(id));
    } catch (error) {
      if (!isMissing(error)) throw error;
      // The first chunk with these two digits.
      await mkdir(this.layout.chunkDirectory(id), { mode: DIRECTORY_MODE }).catch(ignoreExisting);
      await rename(temporary, this.layout.chunk(id));
    }
  }

  private missing(id: string): VaultError {
    return new VaultError(
      'chunk-missing',
      `Chunk ${id} is missing from the vault (${this.layout.directory}). Snapshots that need it cannot be restored.`,
    );
  }

  private damaged(id: string, cause?: unknown): VaultError {
    return new VaultError(
      'chunk-damaged',
      `Chunk ${id} is damaged in the vault (${this.layout.directory}). Snapshots that need it cannot be restored.`,
      { cause },
    );
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}
