import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { CutoverRecord } from '../../engine/restore/cutover/cutover-journal.js';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import type { LeftBeside } from '../../projects/places/left-beside.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import { NotDone } from '../../keeper/upkeep.js';
import type { NewKeeperItem, Upkeep } from '../../keeper/upkeep.js';
import { BesideRemoval } from '../../projects/places/beside-removal.js';
import { logsWhere } from '../rollback-logs-where.js';
import { NEEDS_PERSON } from '../rollback-transitions.js';
import { RollbackLogEntity } from '../rollback-log.entity.js';

/**
 * What could not be removed beside a live state: by its names, which the item holds, or which the log of a rollback that has ended
 * without success still names.
 */
@Injectable()
export class BesideUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'left-over';
  readonly concurrency = 2;
  readonly help = 'Remove what is in the way and retry, or give it up and remove what is named yourself.';
  readonly canBeGivenUp = true;

  constructor(
    private readonly registry: UpkeepRegistry,
    @InjectRepository(RollbackLogEntity) private readonly logs: Repository<RollbackLogEntity>,
    private readonly removal: BesideRemoval,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    return logsWhere(
      manager,
      `l.status IN ('failed', 'reverted', 'cancelled') AND l.kept_until IS NULL
         AND (l.kept_database IS NOT NULL OR l.kept_directory IS NOT NULL)`,
    );
  }

  async tend({ subject, environmentId, data }: KeeperItemEntity): Promise<void> {
    const log = await this.logOf(subject);
    if (log?.failure?.code === NEEDS_PERSON) throw new NotDone(log.failure, true);
    const named = log ?? fromData(environmentId, subject, data);
    if (named === null) return;
    const [left] = await this.removal.remove(named);
    if (left !== undefined) throw new NotDone(left);
    if (log !== null) await forgetNames(this.logs.manager, subject);
  }

  async givenUp(manager: EntityManager, { subject }: KeeperItemEntity): Promise<void> {
    if (isDeployment(subject)) await forgetNames(manager, subject);
  }

  private async logOf(subject: string): Promise<RollbackLogEntity | null> {
    if (!isDeployment(subject)) return null;
    return this.logs.findOneBy({ deploymentId: subject, keptUntil: IsNull() });
  }
}

interface Left extends LeftBeside {
  filestore: NonNullable<CutoverRecord['filestore']> | null;
}

/** Others are named by what left them and a number. */
function isDeployment(subject: string): boolean {
  return !subject.includes('/');
}

async function forgetNames(manager: EntityManager, deploymentId: string): Promise<void> {
  const none = { keptDatabase: null, keptDirectory: null };
  await manager.update(RollbackLogEntity, { deploymentId, keptUntil: IsNull() }, none);
}

function fromData(environmentId: string | null, subject: string, data: Record<string, unknown>) {
  const { keptDatabase = null, keptDirectory = null, filestore = null } = data as Partial<Left>;
  if (environmentId === null || (keptDatabase ?? keptDirectory) === null) return null;
  const journal = filestore === null ? null : { filestore };
  return { environmentId, deploymentId: subject, keptDatabase, keptDirectory, journal };
}
