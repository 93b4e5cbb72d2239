import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { audited } from '../audit/audited.js';
import { Configuration } from '../config/configuration.js';
import type { FieldError } from '../contract/generated/types.gen.js';
import { firstOf } from '../engine/contents/snapshot-parts.js';
import { EngineError } from '../engine/engine-error.js';
import type { DatabaseAddress } from '../engine/postgres/connection/database-address.js';
import {
  provisionDatabase,
  removeProvisionedDatabase,
  requireNoDatabase,
} from '../engine/provision/provision-database.js';
import {
  provisionDirectory,
  removeEmptyDirectory,
  removeProvisionedDirectory,
  requireNoDirectory,
} from '../engine/provision/provision-directory.js';
import { errors } from '../errors/catalogue.js';
import { toFinding } from '../errors/finding.js';
import { EnvironmentConnections } from '../projects/connections/environment-connections.js';
import type { Provision } from '../projects/environments/environment-announcements.js';
import { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { RollbacksService } from '../rollbacks/rollbacks.service.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { VAULT } from '../vault-access/vault.token.js';
import type { Vault } from '../vault/vault.js';

/** Environments whose database and directory are made, and filled from a snapshot: by a rollback into what is empty. */
@Injectable()
export class Provisioning {
  private readonly logger = new Logger(Provisioning.name);

  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly connections: EnvironmentConnections,
    private readonly rollbacks: RollbacksService,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Throws `not-found`, `snapshot-not-completed`, or `validation-failed` for what is there already or cannot be made. Changes nothing. */
  async check({ environment, snapshotId }: Provision): Promise<void> {
    const snapshot = await this.snapshotOf(environment, snapshotId);
    const { database, filestorePath, pool } = environment;
    const problems: FieldError[] = [];
    if (!this.configuration.WORKER_POOLS.includes(pool))
      problems.push({
        field: 'pool',
        message: 'is not among the pools this process can reach; nothing can be made there',
      });
    if (snapshot.databaseBytes === null && database !== null)
      problems.push({ field: 'database', message: 'must be left out: the snapshot has none' });
    if (snapshot.filestoreBytes === null && filestorePath !== null)
      problems.push({ field: 'filestorePath', message: 'must be left out: the snapshot has none' });
    if (problems.length > 0) throw errors.validationFailed(problems);
    if (database !== null) await asField('database', async () => requireNoDatabase(await this.addressOf(environment)));
    if (filestorePath !== null) await asField('filestorePath', () => requireNoDirectory(filestorePath));
  }

  /** Makes both and orders the rollback, whose id it resolves to. Leaves nothing when it throws, as `check` and the ordering of a rollback do. */
  async make({ caller, environment, snapshotId }: Provision): Promise<string> {
    try {
      const snapshot = await this.snapshotOf(environment, snapshotId);
      const { database, filestorePath, id } = environment;
      if (database !== null) {
        const listing = await this.vault.openListing(snapshot.projectId, snapshotId);
        const captured = await firstOf(listing, 'database');
        if (captured === undefined) throw errors.snapshotDamaged(snapshotId);
        const address = await this.addressOf(environment);
        await asField('database', () => provisionDatabase(address, id, captured.properties));
      }
      if (filestorePath !== null) await asField('filestorePath', () => provisionDirectory(filestorePath));
      const body = { snapshotId, targetEnvironmentId: id, createSafetySnapshot: false };
      const { log } = await this.rollbacks.request(
        caller,
        snapshot.environmentId,
        body,
        undefined,
        'environmentCreate',
      );
      return log.deploymentId;
    } catch (error) {
      await this.undo(environment).catch((left: unknown) => {
        this.logger.warn(
          { err: left, environmentId: environment.id },
          'What was made for an environment is left over.',
        );
      });
      throw error;
    }
  }

  /** Removes what was made, and all that has come into it. Throws `operation-refused` with what is in the way. */
  async remove(environment: EnvironmentEntity): Promise<void> {
    const { database, filestorePath, id } = environment;
    try {
      if (database !== null) await removeProvisionedDatabase(await this.addressOf(environment), id);
      if (filestorePath !== null) await removeProvisionedDirectory(filestorePath);
    } catch (error) {
      throw error instanceof EngineError ? errors.operationRefused(toFinding(error).message) : error;
    }
  }

  /** Of an environment that nothing has come into yet: it goes, with what was made for it. */
  async undo(environment: EnvironmentEntity): Promise<void> {
    const { id, database, filestorePath, projectId, provisionedFrom } = environment;
    // One that is somebody else's was never ours.
    if (database !== null)
      await removeProvisionedDatabase(await this.addressOf(environment), id).catch((error: unknown) => {
        if (!(error instanceof EngineError && error.code === 'place-taken')) throw error;
      });
    if (filestorePath !== null) await removeEmptyDirectory(filestorePath);
    await this.dataSource.transaction(async (manager) => {
      await manager.delete(EnvironmentEntity, { id });
      const subject = ['environment', id] as const;
      const before = { provisionedFrom, reason: 'It could not be made.' };
      audited(manager, { operation: 'environment.provision-undo', subject, projectId, environmentId: id, before });
    });
  }

  private async snapshotOf({ projectId }: EnvironmentEntity, snapshotId: string): Promise<SnapshotEntity> {
    const snapshot = await this.dataSource.manager.findOneBy(SnapshotEntity, { id: snapshotId, projectId });
    if (snapshot === null) throw errors.notFound('snapshot', snapshotId);
    if (snapshot.status !== 'completed') throw errors.snapshotNotCompleted(snapshotId, snapshot.status);
    return snapshot;
  }

  private async addressOf(environment: EnvironmentEntity): Promise<DatabaseAddress> {
    const { database } = await this.connections.resolve({ ...environment, filestorePath: null });
    if (database === undefined) throw new Error('The environment has no database.');
    return database;
  }
}

/** What is wrong with a place is said as what is wrong with its field. */
async function asField(field: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw errors.validationFailed([{ field, message: `cannot be made: ${error.message.replace(/\.$/, '')}` }]);
  }
}
