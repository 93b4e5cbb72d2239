import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import type { FieldError, ItemPath, ItemRestoreRequest } from '../contract/generated/types.gen.js';
import { databaseTime } from '../database/database-time.js';
import { fileAt } from '../engine/contents/browse-files.js';
import { decodePath, encodePath } from '../engine/filestore/paths/encoded-path.js';
import { missingTables, type TableName } from '../engine/items/described-tables.js';
import { errors } from '../errors/catalogue.js';
import { claimIdempotencyKey } from '../idempotency/idempotency.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { Quotas } from '../quotas/quotas.js';
import { RollbackReader } from '../rollbacks/rollback-reader.js';
import { SnapshotReader } from '../snapshots/snapshot-reader.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { VAULT } from '../vault-access/vault.token.js';
import { vaultTrouble } from '../contents/vault-trouble.js';
import { askedPath } from '../contents/contents.dto.js';
import type { EncodedPath } from '../vault/manifests/manifest.js';
import type { Vault } from '../vault/vault.js';
import { ItemRestoreLifecycle } from './item-restore-lifecycle.js';
import { ItemRestoreReader } from './item-restore-reader.js';
import { aboutItemRestore, toItemRestoreDto } from './item-restore.dto.js';
import type { ItemRestoreEntity } from './item-restore.entity.js';

/** Orders what is to be taken out of snapshots, and what is to be taken back. */
@Injectable()
export class ItemRestoresService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly snapshots: SnapshotReader,
    private readonly rollbacks: RollbackReader,
    private readonly reader: ItemRestoreReader,
    private readonly lifecycle: ItemRestoreLifecycle,
    private readonly quotas: Quotas,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Throws `not-found` for what the snapshot does not have, before anything is touched. */
  async request(
    caller: Caller,
    environmentId: string,
    snapshotId: string,
    body: ItemRestoreRequest,
    idempotencyKey: string | undefined,
  ): Promise<ItemRestoreEntity> {
    const environment = await this.environments.require(caller, environmentId);
    const snapshot = await this.snapshots.require(environmentId, snapshotId);
    const { tables = [], place = 'beside' } = body;
    const files = filesOf(body);
    if (files.length + tables.length === 0)
      throw errors.validationFailed([{ field: 'files', message: 'must have something, or tables must' }]);
    requireCompleted(snapshot);
    await this.requireItems(snapshot, files, tables);
    return this.dataSource.transaction(async (manager) => {
      const id = randomUUID();
      const request = { environmentId, snapshotId, body };
      const { organization } = caller;
      const claim = { organization, operation: 'restoreItems', key: idempotencyKey, request };
      const earlier = await claimIdempotencyKey(manager, claim, id);
      if (earlier !== null) return this.reader.require(environmentId, earlier, manager);
      const locked = await this.environments.lock(manager, environment.id);
      await this.rollbacks.refuseIfRunning(manager, locked.id);
      // Held, so that nobody begins to remove it meanwhile.
      requireCompleted(await this.snapshots.requireLocked(environmentId, snapshotId, manager));
      await this.quotas.admitWaiting(manager, organization);
      const order = { id, snapshotId, place, files, tables, requestedBy: caller.subject };
      const row = await this.lifecycle.order(manager, locked, order);
      audited(manager, { ...aboutItemRestore(row, locked), after: toItemRestoreDto(row) });
      return row;
    });
  }

  /** Throws `undo-unavailable` with the reason. */
  async undo(caller: Caller, environmentId: string, id: string): Promise<ItemRestoreEntity> {
    await this.environments.require(caller, environmentId);
    return this.dataSource.transaction(async (manager) => {
      const environment = await this.environments.lock(manager, environmentId);
      const row = await this.reader.require(environmentId, id, manager);
      if (row.status === 'undoing') return row;
      await this.refuseUndo(manager, environment, row);
      const undoing = await this.lifecycle.orderUndo(manager, environment, id);
      const before = { status: row.status };
      audited(manager, { ...aboutItemRestore(undoing, environment), before, after: { status: undoing.status } });
      return undoing;
    });
  }

  private async refuseUndo(manager: EntityManager, { id }: EnvironmentEntity, row: ItemRestoreEntity): Promise<void> {
    const { status, undoUntil } = row;
    if (status !== 'completed')
      throw errors.undoUnavailable(`It is ${status}; only what is completed can be taken back.`, null);
    if (undoUntil === null || undoUntil <= (await databaseTime(manager)))
      throw errors.undoUnavailable('The time for an undo is over; remove what was restored yourself.', null);
    await this.rollbacks.refuseIfRunning(manager, id);
  }

  private async requireItems(
    { id, projectId: project }: SnapshotEntity,
    files: readonly EncodedPath[],
    tables: readonly TableName[],
  ): Promise<void> {
    const missing: string[] = [];
    try {
      const vault = this.vault.anew();
      const listing = await vault.openListing(project, id);
      for (const [index, path] of files.entries()) {
        const entry = await fileAt(listing, decodePath(path));
        // Of all of it there is a rollback.
        if (entry === undefined || path === ROOT) missing.push(`files.${index}`);
      }
      const absent = tables.length === 0 ? [] : await missingTables({ vault, project, listing }, tables);
      for (const table of absent) missing.push(`tables.${tables.indexOf(table)}`);
    } catch (error) {
      throw vaultTrouble(error, id);
    }
    if (missing.length > 0) throw errors.itemsNotFound(missing);
  }
}

const ROOT = encodePath(Buffer.alloc(0));

/** Throws `validation-failed` for what is no path, is there twice, or lies in another one. */
function filesOf({ files = [], tables = [] }: ItemRestoreRequest): EncodedPath[] {
  const wrong: FieldError[] = [];
  const paths = files.map((item, index) => {
    const bytes = bytesOfItem(item, index);
    return bytes.toString('latin1');
  });
  for (const [index, path] of paths.entries()) {
    const isIn = (other: string, at: number) =>
      at !== index && (path.startsWith(`${other}/`) || (path === other && at < index));
    if (paths.some(isIn)) wrong.push({ field: `files.${index}`, message: 'must not be, or lie in, another one' });
  }
  for (const [index, { schema, name }] of tables.entries()) {
    const isSame = (other: TableName, at: number) => at < index && other.schema === schema && other.name === name;
    if (tables.some(isSame)) wrong.push({ field: `tables.${index}`, message: 'must be there once' });
  }
  if (wrong.length > 0) throw errors.validationFailed(wrong);
  return paths.map((path) => encodePath(Buffer.from(path, 'latin1')));
}

/** Bytes that are no path are told with the place of the item. */
function bytesOfItem(item: ItemPath, index: number): Buffer {
  const path = askedPath(item, `files.${index}.pathBase64`);
  return typeof path === 'string' ? Buffer.from(path) : path;
}

function requireCompleted({ id, status }: SnapshotEntity): void {
  if (status !== 'completed') throw errors.snapshotNotCompleted(id, status);
}
