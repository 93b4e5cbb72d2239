import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { BackendError } from '../backend/backend-error.js';
import { isAbsent, toLocalError } from '../backend/local/local-errors.js';
import type { ObjectSource } from '../backend/backend.js';
import type { DataKey } from '../keys/data-key.js';
import type { ManifestEntry, ManifestHeader, SnapshotOutcome } from './manifest.js';
import { ManifestWriter } from './manifest-writer.js';
import { sealStream } from './sealed-stream.js';
import { openUnnamedFile } from '../files/unnamed-file.js';

/**
 * A manifest on its way: written, compressed and sealed into a temporary file, so that one of a million files takes
 * no memory and can be sent to the backend again when a try fails. Nothing in the file can be read without the key, and
 * nothing of it stays when the process is killed.
 *
 * Rejects with `BackendError('disk-full' | 'denied' | 'unavailable')` when the directory for temporary files does not take it.
 */
export class ManifestDraft {
  private constructor(
    private readonly file: FileHandle,
    private readonly writer: ManifestWriter,
  ) {}

  static async begin(dataKey: DataKey, header: ManifestHeader): Promise<ManifestDraft> {
    const context = sealContext(header.snapshotId);
    const file = await onDisk(() => openUnnamedFile(tmpdir()));
    try {
      return new ManifestDraft(
        file,
        ManifestWriter.begin(file, header, (bytes) => sealStream(dataKey, context, bytes)),
      );
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get entries(): number {
    return this.writer.entries;
  }

  add(entries: readonly ManifestEntry[]): Promise<void> {
    return onDisk(() => this.writer.add(entries));
  }

  addLines(text: Buffer, entries: number): Promise<void> {
    return onDisk(() => this.writer.addLines(text, entries));
  }

  /** The whole manifest, to be put into the backend before `dispose()`. */
  async finish(outcome?: SnapshotOutcome): Promise<ObjectSource> {
    const bytes = await onDisk(() => this.writer.finish(outcome));
    // Through the handle, not its number: that may be another file's once this one is closed.
    const open = () => this.file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>;
    return { bytes, open };
  }

  /** Gives the file back to the system. Safe at any time. */
  async dispose(): Promise<void> {
    await this.writer.abandon();
    await this.file.close().catch(() => undefined);
  }
}

/** What a sealed manifest is, so that it cannot be passed off as another snapshot's. */
export function sealContext(snapshotId: string): string {
  return `manifest of ${snapshotId}`;
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAbsent(error)) {
      const message = `The directory for temporary files, ${tmpdir()}, is not there. Create it, or set TMPDIR.`;
      throw new BackendError('denied', message, { cause: error });
    }
    throw toLocalError(tmpdir(), 'the manifest of a capture', error);
  }
}
