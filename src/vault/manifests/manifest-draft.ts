import { rm } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { ObjectSource } from '../backend/backend.js';
import type { DataKey } from '../keys/data-key.js';
import type { ManifestEntry, ManifestHeader } from '../manifest.js';
import { ManifestWriter } from './manifest-writer.js';
import { sealStream } from './sealed-stream.js';

/**
 * A manifest on its way: written, compressed and sealed into a temporary file, so that one of a million files takes
 * no memory and can be sent to the backend again when a try fails. Nothing in the file can be read without the key.
 */
export class ManifestDraft {
  private constructor(
    private readonly file: string,
    private readonly writer: ManifestWriter,
  ) {}

  static async begin(dataKey: DataKey, header: ManifestHeader): Promise<ManifestDraft> {
    const file = join(tmpdir(), `snapback-manifest-${randomUUID()}`);
    const context = sealContext(header.snapshotId);
    const writer = await ManifestWriter.create(file, header, (bytes) => sealStream(dataKey, context, bytes));
    return new ManifestDraft(file, writer);
  }

  get entries(): number {
    return this.writer.entries;
  }

  add(entry: ManifestEntry): Promise<void> {
    return this.writer.add(entry);
  }

  /** The whole manifest, to be put into the backend. */
  async finish(): Promise<ObjectSource> {
    const bytes = await this.writer.finish();
    return { bytes, open: () => createReadStream(this.file) as AsyncIterable<Buffer> };
  }

  /** Removes the file. Safe at any time. */
  async dispose(): Promise<void> {
    await this.writer.abandon().catch(() => undefined);
    await rm(this.file, { force: true });
  }
}

/** What a sealed manifest is, so that it cannot be passed off as another snapshot's. */
export function sealContext(snapshotId: string): string {
  return `manifest of ${snapshotId}`;
}
