import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { DataSource } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import { audited } from '../audit/audited.js';
import { nameOf, textOf } from '../engine/contents/browse-files.js';
import { fileBytes } from '../engine/contents/file-bytes.js';
import { aboutSnapshot } from '../snapshots/snapshot.dto.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { VAULT } from '../vault-access/vault.token.js';
import type { ByteRange } from '../vault/backend/backend.js';
import { type FileEntry, fileSize } from '../vault/manifests/manifest.js';
import type { Vault } from '../vault/vault.js';
import { Downloads } from './downloads.js';
import { vaultTrouble } from './vault-trouble.js';

export interface DownloadRequest {
  caller: Caller;
  snapshot: SnapshotEntity;
  file: FileEntry;
}

/** Sends files of snapshots. */
@Injectable()
export class FileDownloads {
  constructor(
    private readonly downloads: Downloads,
    @Inject(VAULT) private readonly vault: Vault,
    private readonly dataSource: DataSource,
  ) {}

  /** Rejects as `Downloads` does, and as `vaultTrouble` says. */
  async send({ caller, snapshot, file }: DownloadRequest, response: Response): Promise<void> {
    const download = {
      caller,
      about: { snapshotId: snapshot.id },
      name: nameOf(file),
      bytes: fileSize(file),
      tag: `"${file.content.sha256}${file.sparse === undefined ? '' : '.sparse'}"`,
      read: (range: ByteRange) => this.bytesOf(snapshot, file, range),
      before: (range: ByteRange | undefined) => this.note(snapshot, file, range),
    };
    await this.downloads.send(download, response);
  }

  private async *bytesOf({ id, projectId }: SnapshotEntity, file: FileEntry, range: ByteRange): AsyncGenerator<Buffer> {
    try {
      yield* fileBytes(this.vault, projectId, file, range);
    } catch (error) {
      throw vaultTrouble(error, id);
    }
  }

  /** What somebody has got is in the audit, too, though it changes nothing. */
  private async note(snapshot: SnapshotEntity, file: FileEntry, range: ByteRange | undefined): Promise<void> {
    const after = { path: textOf(file.path), ...(range && { offset: range.offset, bytes: range.bytes }) };
    await this.dataSource.transaction(async (manager) => audited(manager, { ...aboutSnapshot(snapshot), after }));
  }
}
