import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Response } from 'express';
import { DataSource } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import { Downloads } from '../contents/downloads.js';
import type { ExportRequest } from '../contract/generated/types.gen.js';
import { databaseTime } from '../database/database-time.js';
import { errors } from '../errors/catalogue.js';
import { claimIdempotencyKey } from '../idempotency/idempotency.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { Quotas } from '../quotas/quotas.js';
import { SnapshotReader } from '../snapshots/snapshot-reader.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import type { ByteRange } from '../vault/backend/backend.js';
import { ExportFiles, exportFileName } from './export-files.js';
import { ExportLifecycle } from './export-lifecycle.js';
import { ExportReader } from './export-reader.js';
import { aboutExport, hasEnded, toExportDto } from './export.dto.js';
import type { ExportEntity } from './export.entity.js';
import { neutralizeGap } from './neutralize-gap.js';

/** Orders exports, gives their files out and removes them. */
@Injectable()
export class ExportsService {
  private readonly logger = new Logger(ExportsService.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly snapshots: SnapshotReader,
    private readonly reader: ExportReader,
    private readonly lifecycle: ExportLifecycle,
    private readonly files: ExportFiles,
    private readonly downloads: Downloads,
    private readonly quotas: Quotas,
  ) {}

  async request(
    caller: Caller,
    environmentId: string,
    snapshotId: string,
    { format = 'zip', layout = 'plain', neutralizeFor = null }: ExportRequest,
    idempotencyKey: string | undefined,
  ): Promise<ExportEntity> {
    const environment = await this.environments.require(caller, environmentId);
    const snapshot = await this.snapshots.require(environmentId, snapshotId);
    if (layout === 'odoo' && format !== 'zip')
      throw errors.exportRefused("Odoo's layout is a zip; leave format out, or take another layout.");
    if (neutralizeFor === null) requireData(caller, environment);
    requireCompleted(snapshot);
    if (neutralizeFor !== null) {
      const rules = await this.environments.requireInProject(caller, environment.projectId, neutralizeFor);
      const gap = neutralizeGap(rules, snapshot);
      if (gap !== null) throw errors.exportRefused(gap);
    }
    return this.dataSource.transaction(async (manager) => {
      const id = randomUUID();
      const request = { environmentId, snapshotId, body: { format, layout, neutralizeFor } };
      const { organization } = caller;
      const claim = { organization, operation: 'snapshotExport', key: idempotencyKey, request };
      const earlier = await claimIdempotencyKey(manager, claim, id);
      if (earlier !== null) return this.reader.require(environmentId, earlier, manager);
      // Held, so that nobody begins to remove it meanwhile.
      requireCompleted(await this.snapshots.requireLocked(environmentId, snapshotId, manager));
      await this.quotas.admitWaiting(manager, organization);
      const fileName = exportFileName(environment.name, await databaseTime(manager), id, format);
      const order = { id, snapshotId, format, layout, neutralizedFor: neutralizeFor, fileName };
      const row = await this.lifecycle.order(manager, environment, { ...order, requestedBy: caller.subject });
      audited(manager, { ...aboutExport(row, environment), after: toExportDto(row) });
      return row;
    });
  }

  /** Answers with the file, or the range of it that was asked for. */
  async download(caller: Caller, environmentId: string, id: string, response: Response): Promise<void> {
    const environment = await this.environments.require(caller, environmentId);
    const row = await this.reader.require(environmentId, id);
    const { status, neutralizedFor, fileName, sizeBytes, sha256 } = row;
    if (neutralizedFor === null) requireData(caller, environment);
    if (status !== 'completed') {
      const advice = hasEnded(status) ? 'export the snapshot again' : 'wait for its end';
      throw errors.exportRefused(`The export is ${status}; ${advice}.`);
    }
    const path = this.files.pathOf(row);
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== sizeBytes) {
      this.logger.warn({ exportId: id }, 'The file of an export is not in the directory for exports of this process.');
      const advice = 'have its operator see to it that all processes share EXPORT_ROOT, or export the snapshot again.';
      throw errors.exportRefused(`The file is not where this process looks for it; ${advice}`);
    }
    await this.downloads.send(
      {
        caller,
        about: { exportId: id },
        name: fileName,
        bytes: sizeBytes!,
        tag: `"${sha256}"`,
        read: ({ offset, bytes }: ByteRange) => partOf(path, offset, bytes),
        before: async (range) => {
          const after = { fileName, ...(range && { offset: range.offset, bytes: range.bytes }) };
          await this.dataSource.transaction(async (manager) =>
            audited(manager, { ...aboutExport(row, environment), after }),
          );
        },
      },
      response,
    );
  }

  /** Removes the file of one that has ended. */
  async remove(caller: Caller, environmentId: string, id: string): Promise<ExportEntity> {
    const environment = await this.environments.require(caller, environmentId);
    const row = await this.reader.require(environmentId, id);
    if (row.status === 'removed') return row;
    if (!hasEnded(row.status)) throw errors.exportRefused(`The export is ${row.status}; wait for its end.`);
    await this.files.remove(row);
    return this.dataSource.transaction(async (manager) => {
      const removed = await this.lifecycle.removed(manager, id);
      const before = { status: row.status };
      audited(manager, { ...aboutExport(removed, environment), before, after: { status: removed.status } });
      return removed;
    });
  }
}

/** A generator, so that the file is open only as long as somebody reads. */
async function* partOf(path: string, offset: number, bytes: number): AsyncGenerator<Buffer> {
  if (bytes > 0) yield* createReadStream(path, { start: offset, end: offset + bytes - 1 }) as AsyncIterable<Buffer>;
}

/** Data of production as it was captured is not for everybody who may look. */
function requireData(caller: Caller, { type }: EnvironmentEntity): void {
  if (type === 'production' && !caller.permissions.has('environments:write'))
    throw errors.permissionMissing('environments:write');
}

function requireCompleted({ id, status }: SnapshotEntity): void {
  if (status !== 'completed') throw errors.snapshotNotCompleted(id, status);
}
