import { Injectable, Logger } from '@nestjs/common';
import type { Finding } from '../../contract/generated/types.gen.js';
import { findMaintenanceDatabase } from '../../engine/postgres/connection/maintenance-database.js';
import type { CutoverRecord } from '../../engine/restore/cutover/cutover-journal.js';
import { dropKept } from '../../engine/restore/staging/discard.js';
import type { KeptState } from '../../engine/restore/staging/discard.js';
import { toFinding } from '../../errors/finding.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { EnvironmentConnections } from '../connections/environment-connections.js';
import { leftBeside, type LeftBeside } from './left-beside.js';
import { EnvironmentReader } from '../environments/environment-reader.js';

/** What lies beside an environment's live state, by name, and what tells its directories from others. */
export interface NamedBeside extends LeftBeside {
  environmentId: string;
  /** Of a rollback: whose it is. */
  deploymentId?: string;
  journal: Pick<CutoverRecord, 'filestore'> | null;
}

/** Removes what was built or kept beside a live state, by the names that its row has. */
@Injectable()
export class BesideRemoval {
  private readonly logger = new Logger(BesideRemoval.name);

  constructor(
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly items: KeeperItems,
  ) {}

  /** Leaves what an attempt has put beside the live state to the keeper, so that the log may forget its names. */
  async leave(log: NamedBeside & { deploymentId: string; attempt: number }): Promise<void> {
    const { environmentId, deploymentId, attempt, keptDatabase, keptDirectory, journal } = log;
    const environment = await this.environments.byId(environmentId);
    if (environment === null) return;
    const subject = `${deploymentId}/${attempt}`;
    const left = { keptDatabase, keptDirectory, filestore: journal?.filestore ?? null };
    await this.items.putAlone('left-over', leftBeside(environment, subject, left));
  }

  /** Never rejects: what could not be removed is a finding, and may be tried again. */
  async remove(log: NamedBeside, options: { timeoutMs?: number } = {}): Promise<Finding[]> {
    const { environmentId, deploymentId, keptDatabase, keptDirectory, journal } = log;
    try {
      const environment = await this.environments.byId(environmentId);
      if (environment === null) return [];
      const kept: KeptState = keptDirectory === null ? {} : { directory: keptDirectory };
      if (journal?.filestore) kept.known = journal.filestore;
      // Only what is needed is looked up: a filestore can be cleaned while its server is away.
      const { database } = keptDatabase === null ? {} : await this.connections.resolve(environment);
      if (keptDatabase !== null && database !== undefined) {
        const maintenance = (await findMaintenanceDatabase(database, {})) ?? database.database;
        kept.database = { address: { ...database, database: maintenance }, name: keptDatabase };
      }
      const warnings = await dropKept(kept, options);
      return warnings.map((message) => ({ code: 'left-over', message }));
    } catch (error) {
      this.logger.warn(
        { err: error, environmentId, deploymentId },
        'What lies beside a live state could not be removed.',
      );
      const message = `What is left beside the live state could not be removed: ${toFinding(error).message}`;
      return [{ code: 'left-over', message }];
    }
  }
}
