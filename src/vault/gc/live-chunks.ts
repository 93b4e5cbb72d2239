import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ChunkIdSet } from '../chunk-id-set.js';
import { readManifest } from '../manifest-reader.js';
import type { ProjectLayout } from '../project-layout.js';
import { unlessMissing } from '../storage-error.js';
import { VaultError } from '../vault-error.js';

/** The chunks that the published manifests of a project refer to. It only grows. */
export class LiveChunks {
  private readonly ids = new ChunkIdSet();
  /** The manifests read so far: file name → which version of the file it was. */
  private seen = new Map<string, string>();

  constructor(private readonly layout: ProjectLayout) {}

  get manifests(): number {
    return this.seen.size;
  }

  get size(): number {
    return this.ids.size;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  /**
   * Reads the manifests that were published since the last call; afterwards the set covers every
   * manifest that was there when the call began. Rejects with `VaultError('manifest-damaged')`: what a
   * damaged manifest needs is not known, so nothing may be removed.
   */
  async refresh(signal: AbortSignal): Promise<void> {
    const seen = new Map<string, string>();
    for (const name of (await unlessMissing(readdir(this.layout.manifests))) ?? []) {
      signal.throwIfAborted();
      const snapshotId = this.layout.snapshotOf(name);
      const version = snapshotId === undefined ? undefined : await this.versionOf(name);
      if (snapshotId === undefined || version === undefined) continue;
      if (this.seen.get(name) !== version && !(await this.mark(snapshotId, signal))) continue;
      seen.set(name, version);
    }
    this.seen = seen;
  }

  /** Two files under one name, one after the other, differ in one of these. */
  private async versionOf(name: string): Promise<string | undefined> {
    const stats = await unlessMissing(stat(join(this.layout.manifests, name), { bigint: true }));
    return stats && [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
  }

  /** Adds what one manifest refers to; false when it has been deleted meanwhile. */
  private async mark(snapshotId: string, signal: AbortSignal): Promise<boolean> {
    try {
      for await (const line of readManifest(this.layout, snapshotId)) {
        if (!('content' in line)) continue;
        signal.throwIfAborted();
        for (const chunk of line.content.chunks) this.ids.add(chunk.id);
      }
      return true;
    } catch (error) {
      if (error instanceof VaultError && error.code === 'manifest-missing') return false;
      throw error;
    }
  }
}
