import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Announcements } from '../../announcements/announcements.js';
import { lookAtStandby } from '../../engine/restore/standby/take-standby.js';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import { NotDone } from '../../keeper/upkeep.js';
import type { Again, NewKeeperItem, Upkeep } from '../../keeper/upkeep.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { rollbackUnderWay } from '../snapshot-announcements.js';
import { ON_DISK, StandbyOrders } from './standby-orders.js';
import { maintenanceOf } from '../capture/kept-database.js';
import { StandbyRemoval } from './standby-removal.js';
import { Standbys } from './standbys.js';
import type { StandbyEntity } from './standby.entity.js';

/** How long after it was built all of one may be in the server's log only: until its next checkpoint. */
const ON_DISK_LOOK_SECONDS = 30;

/** Standbys: what is not used any more is removed, and what is missing is built; and whether they are on disk. */
@Injectable()
export class StandbyUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'standby';
  readonly concurrency = 2;
  readonly help =
    'Mend what is in the way and retry, or set standby to off. A rollback goes the ordinary way meanwhile.';

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly dataSource: DataSource,
    private readonly announcements: Announcements,
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly standbys: Standbys,
    private readonly orders: StandbyOrders,
    private readonly removal: StandbyRemoval,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    return [...(await this.orders.environmentsInNeed(manager)), ...(await this.orders.environmentsInMemory(manager))];
  }

  async tend({ subject }: KeeperItemEntity): Promise<Again | void> {
    if (!subject.endsWith(ON_DISK)) return this.decide(subject);
    for (const standby of await this.standbys.ofEnvironment(subject.slice(0, -ON_DISK.length))) {
      if (standby.status !== 'ready' || standby.built?.database?.onDisk !== false) continue;
      if (!(await this.confirm(standby))) return { afterSeconds: ON_DISK_LOOK_SECONDS };
    }
  }

  private async decide(environmentId: string): Promise<void> {
    const isRollingBack = await this.announcements.ask(rollbackUnderWay, environmentId);
    const due = await this.dataSource.transaction((manager) =>
      this.orders.decide(manager, environmentId, isRollingBack),
    );
    for (const standby of due) {
      // Whoever builds it is given the time to notice.
      const [left] = await this.removal.removeNow([standby], null);
      if (left !== undefined) throw new NotDone(left);
      // It is built again after a pause.
      if (standby.reason !== null) throw new NotDone(standby.reason);
    }
  }

  /** Whether there is nothing more to be seen. One that is of no use any more is given up, for another one to be built. */
  private async confirm(standby: StandbyEntity): Promise<boolean> {
    const environment = await this.environments.byId(standby.environmentId);
    if (environment === null || !standby.built?.database) return true;
    const { database } = await this.connections.resolve(environment);
    if (database === undefined) return true;
    const found = await lookAtStandby(standby.built.database, await maintenanceOf(database));
    if (found === 'not yet') return false;
    if (found === 'on disk') await this.standbys.onDisk(standby);
    else
      await this.standbys.giveUp(this.dataSource.manager, [standby.id], { code: found.code, message: found.message });
    return true;
  }
}
