import { createHash, hash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Budget } from './budget.js';
import type { CaptureLease } from './capture-lease.js';
import { ChunkIdSet } from './chunk-id-set.js';
import type { ChunkStore } from './chunk-store.js';
import { syncDirectory } from './durable-file.js';
import { forEachConcurrently } from './for-each-concurrently.js';
import type { ManifestWriter } from './manifests/manifest-writer.js';
import type { ChunkRef, ContentRef, ManifestEntry } from './manifest.js';
import { PIECE_BYTES, PieceReader } from './piece-reader.js';
import type { ProjectLayout } from './project-layout.js';
import { isMissing, toWriteError } from './storage-error.js';
import { VaultError } from './vault-error.js';
import type { CaptureWriter, PublishReport } from './vault.js';

const CHECKS_AT_ONCE = 16;

/** What a capture works with. The budgets belong to the vault and are shared by all its captures. */
export interface CaptureParts {
  layout: ProjectLayout;
  snapshotId: string;
  lease: CaptureLease;
  chunks: ChunkStore;
  manifest: ManifestWriter;
  memory: Budget;
  now: () => number;
}

/** A capture into a `LocalVault`. */
export class LocalCaptureWriter implements CaptureWriter {
  private bytes = 0;
  private over = false;
  private temporaries = 0;
  private readonly referenced = new ChunkIdSet();
  /** Chunks being written, so that equal pieces stored at the same time are written once. */
  private readonly writing = new Map<string, Promise<void>>();

  constructor(private readonly parts: CaptureParts) {}

  get storedBytes(): number {
    return this.bytes;
  }

  async store(source: AsyncIterable<Buffer>): Promise<ContentRef> {
    const reader = new PieceReader(source);
    const stored: Promise<ChunkRef>[] = [];
    try {
      const read = await this.readPieces(reader, (chunk) => stored.push(chunk));
      const chunks = await Promise.all(stored);
      // A single chunk already has the hash of the whole as its name.
      const sha256 = chunks.length === 1 && chunks[0] !== undefined ? chunks[0].id : read.sha256;
      return { bytes: read.bytes, sha256, chunks };
    } catch (error) {
      await reader.close().catch(() => undefined);
      await Promise.allSettled(stored);
      throw error;
    }
  }

  async add(entry: ManifestEntry): Promise<void> {
    this.refuseWhenOver();
    await this.writingToVault(() => this.parts.manifest.add(entry));
    if (!('content' in entry)) return;
    for (const chunk of entry.content.chunks) this.referenced.add(chunk.id);
  }

  async publish(): Promise<PublishReport> {
    this.refuseWhenOver();
    this.over = true;
    return this.writingToVault(async () => {
      const { layout, lease, manifest, chunks, snapshotId } = this.parts;
      const manifestBytes = await manifest.finish();
      await forEachConcurrently(this.referenced, CHECKS_AT_ONCE, (id) => chunks.ensure(id));
      await this.syncChunkNames();
      // From here on the snapshot exists. The rename fails when a collection has taken us for dead.
      await rename(lease.manifest, layout.manifest(snapshotId));
      await syncDirectory(layout.manifests);
      // What cannot be removed now goes with a later collection.
      await lease.end().catch(() => undefined);
      this.bytes += manifestBytes;
      return { entries: manifest.entries, storedBytes: this.bytes };
    });
  }

  async discard(): Promise<void> {
    this.over = true;
    await Promise.allSettled(this.writing.values());
    await this.parts.manifest.abandon();
    await this.parts.lease.end();
  }

  /** Reads the source to its end, handing each piece on to be stored while the next one is read. */
  private async readPieces(
    reader: PieceReader,
    onChunk: (chunk: Promise<ChunkRef>) => void,
  ): Promise<{ bytes: number; sha256: string }> {
    const whole = createHash('sha256');
    const failures: unknown[] = [];
    for (let bytes = 0; ;) {
      // Twice the piece: its plain bytes, and room for them joined together or compressed.
      const reservation = await this.parts.memory.reserve(2 * PIECE_BYTES);
      try {
        this.refuseWhenOver();
        if (failures.length > 0) throw failures[0];
        const piece = await reader.next();
        this.refuseWhenOver();
        reservation.shrinkTo(2 * piece.length);
        bytes += piece.length;
        const last = piece.length < PIECE_BYTES;
        // With one short piece only, its name says it all.
        if (!last || bytes > piece.length) whole.update(piece);
        if (piece.length > 0) {
          const chunk = this.storePiece(piece).finally(() => reservation.release());
          chunk.catch((error: unknown) => failures.push(error));
          onChunk(chunk);
        }
        if (last) return { bytes, sha256: whole.digest('hex') };
      } catch (error) {
        reservation.release();
        throw error;
      }
    }
  }

  private async storePiece(piece: Buffer): Promise<ChunkRef> {
    const chunk = { id: hash('sha256', piece), bytes: piece.length };
    const underWay = this.writing.get(chunk.id);
    if (underWay !== undefined) {
      await underWay;
      return chunk;
    }
    const written = this.writingToVault(() => this.writeUnlessThere(chunk, piece));
    this.writing.set(chunk.id, written);
    try {
      await written;
    } finally {
      this.writing.delete(chunk.id);
    }
    return chunk;
  }

  private async writeUnlessThere(chunk: ChunkRef, piece: Buffer): Promise<void> {
    const { chunks, lease, now } = this.parts;
    if (await chunks.reuse(chunk, now())) return;
    this.temporaries += 1;
    const bytes = await chunks.write(chunk.id, piece, join(lease.directory, `${this.temporaries}.chunk`));
    this.bytes += bytes;
  }

  /**
   * Syncs the directories of all chunks this snapshot needs, also of those another capture has written: that
   * one may not have come to it yet.
   */
  private async syncChunkNames(): Promise<void> {
    const directories = new Set([this.parts.layout.objects]);
    for (const id of this.referenced) directories.add(this.parts.layout.chunkDirectory(id));
    await forEachConcurrently(directories, CHECKS_AT_ONCE, syncDirectory);
  }

  private refuseWhenOver(): void {
    if (this.over) throw new Error('The capture is over: it was published or discarded.');
  }

  private async writingToVault<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isMissing(error) && (await this.parts.lease.isLost())) throw captureExpired(error);
      throw toWriteError(this.parts.layout.root, error);
    }
  }
}

function captureExpired(cause: unknown): VaultError {
  const message =
    'The capture was not heard of for ten minutes, and a collection has taken it for dead. Take the snapshot again.';
  return new VaultError('vault-unwritable', message, { cause });
}
