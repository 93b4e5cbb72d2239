import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import type { Operation } from '../contract/generated/types.gen.js';
import { errors } from '../errors/catalogue.js';
import { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { OperationsReader } from './operations-reader.js';

/** What a person may do about what hangs. */
@Injectable()
export class OperationsService {
  private readonly logger = new Logger(OperationsService.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly reader: OperationsReader,
    private readonly upkeep: UpkeepRegistry,
  ) {}

  /** Has it tried now. Throws `not-found`, and `operation-refused` for what is asked for again instead. */
  async retry(caller: Caller, id: string): Promise<Operation> {
    const operation = await this.ofKeeper(caller, id, 'retried');
    await this.dataSource.transaction(async (manager) => {
      const item = await manager.findOne(KeeperItemEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (item === null) return;
      await this.upkeep.get(item.kind)?.retried?.(manager, item);
      await manager.update(KeeperItemEntity, { id }, { dueAt: () => 'clock_timestamp()' });
      audited(manager, { ...about(operation), after: { kind: operation.kind, tried: 'now' } });
    });
    return this.after(caller, operation);
  }

  /** Lets retention go on that has stopped and asked. Throws `not-found`, and `operation-refused` when nothing is to be confirmed. */
  async confirm(caller: Caller, id: string): Promise<Operation> {
    const operation = await this.ofKeeper(caller, id, 'confirmed');
    await this.dataSource.transaction(async (manager) => {
      const item = await manager.findOne(KeeperItemEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (item === null) return;
      const data = this.upkeep.get(item.kind)?.confirmed?.(item) ?? null;
      if (data === null) throw errors.operationRefused('There is nothing to confirm: it has not stopped to ask.');
      this.logger.log({ kind: item.kind, environmentId: item.environmentId, by: caller.subject }, 'Confirmed.');
      await manager.query(
        'UPDATE keeper_items SET data = data || $2, due_at = clock_timestamp(), attention = false WHERE id = $1',
        [id, JSON.stringify({ ...data, confirmedBy: caller.subject })],
      );
      audited(manager, { ...about(operation), after: { kind: operation.kind, ...data } });
    });
    return this.after(caller, operation);
  }

  /** Nobody tries it any more. Throws `not-found`, and `operation-refused` for what can only be done. */
  async giveUp(caller: Caller, id: string): Promise<void> {
    const operation = await this.ofKeeper(caller, id, 'given up');
    const { kind } = operation;
    await this.dataSource.transaction(async (manager) => {
      const item = await manager.findOne(KeeperItemEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (item === null) return;
      const upkeep = this.upkeep.get(item.kind);
      if (upkeep?.canBeGivenUp !== true) throw errors.operationRefused(`A ${kind} cannot be given up; retry it.`);
      if (item.failure === null) throw errors.operationRefused('It has not failed; wait for it.');
      await this.forget(manager, item);
      audited(manager, { ...about(operation), before: operation });
      this.logger.warn(
        { kind: item.kind, subject: item.subject, environmentId: item.environmentId, by: caller.subject },
        `Given up: ${item.failure.message}`,
      );
    });
  }

  private async forget(manager: EntityManager, item: KeeperItemEntity): Promise<void> {
    await this.upkeep.get(item.kind)?.givenUp?.(manager, item);
    await manager.delete(KeeperItemEntity, { id: item.id });
  }

  private async ofKeeper(caller: Caller, id: string, what: string): Promise<Operation> {
    const operation = await this.require(caller, id);
    if (!['snapshot', 'verification', 'rollback'].includes(operation.kind)) return operation;
    throw errors.operationRefused(`A ${operation.kind} cannot be ${what}; cancel it, or ask for another one.`);
  }

  /** As it is now. It may have gone well, and be gone, by the time one looks. */
  private async after(caller: Caller, operation: Operation): Promise<Operation> {
    return (await this.reader.find(caller, operation.id)) ?? { ...operation, state: 'running', nextTryAt: null };
  }

  private async require(caller: Caller, id: string): Promise<Operation> {
    const operation = await this.reader.find(caller, id);
    if (operation === null) throw errors.notFound('operation', id);
    return operation;
  }
}

function about({ id, projectId, environmentId }: Operation) {
  return { subject: ['operation', id] as const, projectId, environmentId };
}
