import { Injectable, Logger } from '@nestjs/common';
import type { Finding } from '../contract/generated/types.gen.js';
import { removeTree } from '../engine/filestore/remove-tree.js';
import { findMaintenanceDatabase } from '../engine/postgres/maintenance-database.js';
import { dropDatabaseIfExists } from '../engine/postgres/drop-database.js';
import { toFinding } from '../errors/finding.js';
import { EnvironmentConnections } from '../projects/environment-connections.js';
import { EnvironmentReader } from '../projects/environment-reader.js';
import { SnapshotLifecycle } from '../snapshots/snapshot-lifecycle.js';
import { namesLeft } from './beside.js';
import type { Beside } from './beside.js';
import { RollbackLifecycle } from './rollback-lifecycle.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';
import { RollbackReader } from './rollback-reader.js';
import { hasEnded } from './rollback-status.js';

/** How long the removal of an unfinished shadow may take. */
const DROP_TIMEOUT_MS = 60_000;

/**
 * What becomes of a rollback whose worker died. Before the cutover the live state was not touched: what
 * was being built is removed. During the cutover nothing is removed: both copies stay, and the log names
 * them for a person. After it only the previous state was to be removed: that is done, and all is well.
 */
@Injectable()
export class DeadRollback {
  private readonly logger = new Logger(DeadRollback.name);

  constructor(
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly reader: RollbackReader,
    private readonly lifecycle: RollbackLifecycle,
    private readonly snapshots: SnapshotLifecycle,
  ) {}

  async bury(deploymentId: string): Promise<void> {
    const log = await this.reader.byDeployment(deploymentId);
    if (log === null || hasEnded(log.status)) return;
    if (log.safetySnapshotId !== null) {
      const message = 'The worker that took the snapshot died.';
      await this.snapshots.fail(log.safetySnapshotId, null, { code: 'worker-lost', message });
    }
    if (log.downtimeMs !== null) {
      await this.lifecycle.complete(log, await this.removeBeside(log));
      return;
    }
    if (reachedCutover(log)) {
      const beside = await this.lookBeside(log);
      await this.lifecycle.fail(log, diedInCutover(log, beside), beside);
      return;
    }
    const warnings = await this.removeBeside(log);
    const message = 'The worker that ran the rollback died before anything was changed; start it again.';
    await this.lifecycle.fail(
      log,
      { code: 'worker-lost', message },
      {
        warnings,
        ...(warnings.length === 0 ? { keptDatabase: null, keptDirectory: null } : {}),
      },
    );
  }

  private async lookBeside(log: RollbackLogEntity): Promise<Beside> {
    const noted = { keptDatabase: log.keptDatabase, keptDirectory: log.keptDirectory };
    try {
      const environment = await this.environments.byId(log.environmentId);
      return environment === null ? noted : await namesLeft(noted, await this.connections.resolve(environment));
    } catch (error) {
      this.logger.warn(
        { err: error, deploymentId: log.deploymentId },
        'Could not look what a dead worker has left; naming what it had written down.',
      );
      return noted;
    }
  }

  private async removeBeside(log: RollbackLogEntity): Promise<Finding[]> {
    try {
      const environment = await this.environments.byId(log.environmentId);
      if (environment === null) return [];
      const { database } = await this.connections.resolve(environment);
      if (log.keptDatabase !== null && database !== undefined) {
        const maintenance = (await findMaintenanceDatabase(database, {})) ?? database.database;
        const address = { ...database, database: maintenance };
        await dropDatabaseIfExists(address, log.keptDatabase, { timeoutMs: DROP_TIMEOUT_MS });
      }
      if (log.keptDirectory !== null) await removeTree(log.keptDirectory);
      return [];
    } catch (error) {
      this.logger.warn({ err: error, deploymentId: log.deploymentId }, 'Could not remove what a dead worker has left.');
      const message = `What the worker left beside the live state could not be removed: ${toFinding(error).message}`;
      return [{ code: 'left-over', message }];
    }
  }
}

function reachedCutover(log: RollbackLogEntity): boolean {
  return log.steps.some(({ name }) => name === 'cutover');
}

function diedInCutover({ steps }: RollbackLogEntity, { keptDatabase, keptDirectory }: Beside): Finding {
  const step = steps.at(-1);
  const beside = [keptDatabase && `the database ${keptDatabase}`, keptDirectory && `the directory ${keptDirectory}`]
    .filter(Boolean)
    .join(' and ');
  return {
    code: 'cutover-incomplete',
    message:
      `The worker died during the step ${step?.name ?? 'cutover'} (${step?.detail ?? 'no detail'}). Both states are kept: ` +
      `the other one is ${beside || 'beside the live one'}. A person has to look which is live before anything else is done.`,
  };
}
