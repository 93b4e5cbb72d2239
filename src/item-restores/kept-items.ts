import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import { dropKept } from '../engine/restore/staging/discard.js';
import { errors } from '../errors/catalogue.js';
import { KeeperItems } from '../keeper/keeper-items.js';
import { DoFirst } from '../projects/environments/environment-announcements.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { leftBeside } from '../projects/places/left-beside.js';
import { ItemRestoreReader } from './item-restore-reader.js';
import { ItemRestoreEntity } from './item-restore.entity.js';

/** What restored items have replaced, beside the filestore until the time for an undo is over. */
@Injectable()
export class KeptItems {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly reader: ItemRestoreReader,
    private readonly items: KeeperItems,
  ) {}

  /** The time for an undo of one is over: what is beside the filestore is left to the keeper, which shows people what it cannot remove. */
  async expire(id: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const found = await this.reader.byId(id, manager);
      if (found === null) return;
      // Nobody can order an undo between looking and saying.
      const environment = await this.environments.lock(manager, found.environmentId);
      const [row] = await manager.query<Pick<ItemRestoreEntity, 'staged'>[]>(
        `SELECT staged FROM item_restores WHERE id = $1 AND ${EXPIRED}`,
        [id],
      );
      if (row === undefined) return;
      await manager.update(ItemRestoreEntity, { id }, { staged: null, undoUntil: null });
      if (row.staged === null) return;
      const left = { keptDatabase: null, keptDirectory: row.staged.directory };
      await this.items.put(manager, 'left-over', leftBeside(environment, `item-restore/${id}`, left));
    });
  }

  /** For a change after which nobody would know where it is: throws `DoFirst`, for removing takes longer than a transaction may. */
  async requireNone(manager: EntityManager, { id }: EnvironmentEntity): Promise<void> {
    if ((await this.reader.keeping(id, manager)).length > 0) throw new DoFirst(() => this.removeAllOf(id));
  }

  private async removeAllOf(environmentId: string): Promise<void> {
    for (const { id, staged } of await this.reader.keeping(environmentId)) {
      if (staged === null) continue;
      const [left] = await dropKept({ directory: staged.directory });
      if (left !== undefined) throw errors.keptStatePresent('item-restore', id, left);
      await this.dataSource.transaction(async (manager) => {
        await manager.update(ItemRestoreEntity, { id }, { staged: null, undoUntil: null });
        const subject = ['item-restore', id] as const;
        const before = { keptDirectory: staged.directory, reason: 'The environment has another place, or none.' };
        audited(manager, { operation: 'kept-state.remove', subject, environmentId, before });
      });
    }
  }
}

/** SQL about a row: its time is over, and nobody is at it. */
export const EXPIRED = `undo_until <= now() AND status NOT IN ('queued', 'running', 'undoing')`;
