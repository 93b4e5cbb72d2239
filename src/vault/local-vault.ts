import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Budget } from './budget.js';
import { CaptureLease } from './capture-lease.js';
import { ChunkStore } from './chunk-store.js';
import { makeDirectory, syncDirectory } from './durable-file.js';
import { collectGarbage } from './gc/collect.js';
import { LocalCaptureWriter } from './local-capture-writer.js';
import { readManifest, readManifestHeader } from './manifest-reader.js';
import { ManifestWriter } from './manifests/manifest-writer.js';
import { MANIFEST_FORMAT, type ContentRef, type ManifestEntry, type ManifestHeader } from './manifest.js';
import { probeRoot } from './probe.js';
import { ProjectLayout } from './project-layout.js';
import { unlessMissing, writingTo } from './storage-error.js';
import { VaultError } from './vault-error.js';
import type { CaptureWriter, CollectReport, Vault } from './vault.js';

export interface VaultOptions {
  /** The vault's directory; created when it is not there. */
  root: string;
  /** Bytes of content that all `store()` calls together may hold in memory. Default 64 MiB. */
  maxInFlightBytes?: number;
  /**
   * Garbage younger than this is left to a later collection: a capture that failed is likely to be
   * repeated, and finds its chunks there. Milliseconds, default ten minutes.
   */
  graceMs?: number;
  /** The time, in milliseconds since 1970. Default `Date.now`. */
  now?: () => number;
}

const MAX_IN_FLIGHT_BYTES = 64 * 1024 * 1024;
const GRACE_MS = 10 * 60_000;

/** Chunks being written and synced at the same time, by all captures together. */
const WRITES_AT_ONCE = 16;

/**
 * A vault in a directory of the local file system (see `ProjectLayout` for what lies where, and gc/collect.ts for
 * the file systems that will do). Many processes may use one directory; they need not know each other.
 *
 * Project and snapshot ids are 1 to 64 letters, digits and hyphens; others are a `TypeError`. What the
 * operating system refuses while reading (permissions, too many open files) is thrown as it is.
 */
export class LocalVault implements Vault {
  private readonly root: string;
  private readonly graceMs: number;
  private readonly now: () => number;
  private readonly memory: Budget;
  private readonly writes = new Budget(WRITES_AT_ONCE);

  constructor(options: VaultOptions) {
    this.root = resolve(options.root);
    this.graceMs = options.graceMs ?? GRACE_MS;
    this.now = options.now ?? Date.now;
    this.memory = new Budget(options.maxInFlightBytes ?? MAX_IN_FLIGHT_BYTES);
  }

  async beginCapture(project: string, header: Omit<ManifestHeader, 'kind' | 'format'>): Promise<CaptureWriter> {
    const layout = new ProjectLayout(this.root, project);
    const { snapshotId } = header;
    layout.manifest(snapshotId); // Refuses an id that cannot be published before anything is written.
    return writingTo(this.root, async () => {
      for (const directory of [layout.objects, layout.manifests, layout.incoming]) await makeDirectory(directory);
      const lease = await CaptureLease.begin(layout, this.now);
      try {
        const manifest = await ManifestWriter.create(lease.manifest, {
          ...header,
          kind: 'header',
          format: MANIFEST_FORMAT,
        });
        const chunks = new ChunkStore(layout, this.writes);
        return new LocalCaptureWriter({
          layout,
          snapshotId,
          lease,
          chunks,
          manifest,
          memory: this.memory,
          now: this.now,
        });
      } catch (error) {
        await lease.end().catch(() => undefined);
        throw error;
      }
    });
  }

  async readHeader(project: string, snapshotId: string): Promise<ManifestHeader> {
    return readManifestHeader(new ProjectLayout(this.root, project), snapshotId);
  }

  async *readEntries(project: string, snapshotId: string): AsyncGenerator<ManifestEntry> {
    for await (const line of readManifest(new ProjectLayout(this.root, project), snapshotId)) {
      if (line.kind !== 'header') yield line;
    }
  }

  async *readContent(project: string, content: ContentRef): AsyncGenerator<Buffer> {
    const chunks = new ChunkStore(new ProjectLayout(this.root, project), this.writes);
    const whole = createHash('sha256');
    // One chunk ahead: the next is read and unpacked while the caller works on this one.
    let ahead: Promise<Buffer> | undefined;
    const readAt = (index: number): Promise<Buffer> | undefined => {
      const chunk = content.chunks[index];
      const read = chunk && chunks.read(chunk);
      read?.catch(() => undefined); // Thrown when its turn comes.
      return read;
    };
    try {
      ahead = readAt(0);
      for (let index = 0; ahead !== undefined; index++) {
        const bytes: Buffer = await ahead;
        ahead = readAt(index + 1);
        whole.update(bytes);
        yield bytes;
      }
    } finally {
      await ahead?.catch(() => undefined);
    }
    if (whole.digest('hex') === content.sha256) return;
    const message = `The chunks of content ${content.sha256} are whole but are not that content.`;
    throw new VaultError('chunk-damaged', message);
  }

  async deleteManifest(project: string, snapshotId: string): Promise<void> {
    const layout = new ProjectLayout(this.root, project);
    const file = layout.manifest(snapshotId);
    await writingTo(this.root, async () => {
      await unlessMissing(unlink(file));
      // Also when it was gone already: whoever removed it may have been killed before this.
      await unlessMissing(syncDirectory(layout.manifests));
    });
  }

  async collect(project: string, options: { signal: AbortSignal }): Promise<CollectReport> {
    const layout = new ProjectLayout(this.root, project);
    const { now, graceMs } = this;
    return writingTo(this.root, () => collectGarbage(layout, { now, graceMs, signal: options.signal }));
  }

  async probe(): Promise<void> {
    await probeRoot(this.root);
  }
}
