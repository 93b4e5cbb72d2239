import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DataSource } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import { audited } from '../audit/audited.js';
import { Configuration } from '../config/configuration.js';
import { nameOf, textOf } from '../engine/contents/browse-files.js';
import { fileBytes } from '../engine/contents/file-bytes.js';
import { errors } from '../errors/catalogue.js';
import { StreamLimits } from '../progress/stream-limits.js';
import { aboutSnapshot } from '../snapshots/snapshot.dto.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { VAULT } from '../vault-access/vault.token.js';
import type { ByteRange } from '../vault/backend/backend.js';
import { type FileEntry, fileSize } from '../vault/manifests/manifest.js';
import type { Vault } from '../vault/vault.js';
import { vaultTrouble } from './vault-trouble.js';

export interface DownloadRequest {
  caller: Caller;
  snapshot: SnapshotEntity;
  file: FileEntry;
}

/** What a browser could take for a page, or run, whatever it is told: of these nobody says what they are. */
const ACTIVE = /html|xml|svg|script|pdf|flash|wasm/;
const UNKNOWN = 'application/octet-stream';

/** Sends files of snapshots, as many at a time as may be. */
@Injectable()
export class FileDownloads {
  private readonly logger = new Logger(FileDownloads.name);
  private readonly limits: StreamLimits;

  constructor(
    configuration: Configuration,
    @Inject(VAULT) private readonly vault: Vault,
    private readonly dataSource: DataSource,
  ) {
    this.limits = new StreamLimits(
      {
        caller: configuration.DOWNLOADS_PER_CALLER,
        organization: configuration.DOWNLOADS_PER_ORGANIZATION,
        process: configuration.DOWNLOADS,
      },
      errors.tooManyDownloads,
    );
  }

  /**
   * Answers with a file, or the range of it that was asked for. Rejects before anything was answered with `too-many-downloads`,
   * `range-not-satisfiable`, and as `vaultTrouble` says. What is met behind that cuts the answer off: its length is known, so that nobody takes it for whole.
   */
  async send({ caller, snapshot, file }: DownloadRequest, response: Response): Promise<void> {
    const size = fileSize(file);
    const tag = `"${file.content.sha256}${file.sparse === undefined ? '' : '.sparse'}"`;
    const range = rangeOf(response, size, tag);
    const leave = this.limits.enter(caller);
    try {
      const bytes = fileBytes(this.vault, snapshot.projectId, file, range ?? { offset: 0, bytes: size });
      const first = await this.firstOf(bytes, snapshot);
      if (response.req.method === 'HEAD') await bytes.return(undefined);
      else await this.note(snapshot, file, range);
      // With the type that the name tells.
      response.attachment(nameOf(file));
      const type = response.get('Content-Type') ?? UNKNOWN;
      response.status(range === undefined ? 200 : 206).set({
        'Accept-Ranges': 'bytes',
        'Content-Length': String(range?.bytes ?? size),
        'Content-Type': ACTIVE.test(type) ? UNKNOWN : type,
        ETag: tag,
        ...(range && { 'Content-Range': `bytes ${range.offset}-${range.offset + range.bytes - 1}/${size}` }),
      });
      if (response.req.method === 'HEAD') {
        response.end();
        return;
      }
      await pipeline(Readable.from(behind(first, bytes)), response).catch((error: unknown) => {
        // Who has gone away needs nothing, and hears of it nowhere.
        if (!isGone(error)) this.logger.warn({ snapshotId: snapshot.id, err: error }, 'A download was cut off.');
      });
    } finally {
      leave();
    }
  }

  /** Before anything of it is sent: what somebody has got is in the audit, too, though it changes nothing. */
  private async note(snapshot: SnapshotEntity, file: FileEntry, range: ByteRange | undefined): Promise<void> {
    const after = { path: textOf(file.path), ...(range && { offset: range.offset, bytes: range.bytes }) };
    await this.dataSource.transaction(async (manager) => audited(manager, { ...aboutSnapshot(snapshot), after }));
  }

  /** So that what is damaged from the beginning is an answer, and not the end of one. */
  private async firstOf(bytes: AsyncIterator<Buffer>, { id }: SnapshotEntity): Promise<IteratorResult<Buffer>> {
    try {
      return await bytes.next();
    } catch (error) {
      throw vaultTrouble(error, id);
    }
  }
}

/** Undefined for all of it, which is also the answer to several ranges, and to what is no range. */
function rangeOf(response: Response, size: number, tag: string): ByteRange | undefined {
  const { req: request } = response;
  const isStill = [undefined, tag].includes(request.get('If-Range'));
  if (!isStill || request.method === 'HEAD') return undefined;
  const ranges = request.range(size);
  if (ranges === -1) {
    response.set('Content-Range', `bytes */${size}`);
    throw errors.rangeNotSatisfiable(size);
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  const { start, end } = ranges[0]!;
  return { offset: start, bytes: end - start + 1 };
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

async function* behind(first: IteratorResult<Buffer>, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
