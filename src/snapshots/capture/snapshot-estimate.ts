import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { Configuration } from '../../config/configuration.js';
import type { SnapshotEstimate } from '../../contract/generated/types.gen.js';
import { EngineError } from '../../engine/engine-error.js';
import { estimateFilestore } from '../../engine/filestore/reading/estimate-filestore.js';
import { probeDatabase } from '../../engine/postgres/databases/probe-database.js';
import { errors } from '../../errors/catalogue.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { SnapshotReader } from '../snapshot-reader.js';
import type { SnapshotEntity } from '../snapshot.entity.js';

/** Used until an environment has a snapshot of its own to go by. */
const GENERAL_BYTES_PER_SECOND = 60 * 1024 * 1024;
const GENERAL_STORED_RATIO = 0.4;
/** What a snapshot of nothing takes: connections, definitions, manifest. */
const FIXED_SECONDS = 0.5;

@Injectable()
export class SnapshotEstimates {
  constructor(
    private readonly configuration: Configuration,
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly reader: SnapshotReader,
  ) {}

  /** Sizes now, and by the ratios of the newest snapshot what another would cost. 503 when the environment does not answer. */
  async of(caller: Caller, environmentId: string): Promise<SnapshotEstimate> {
    const environment = await this.environments.require(caller, environmentId);
    const [previous, sizes] = await Promise.all([
      this.reader.newestCompleted(environmentId),
      this.sizes(environment).catch((error: unknown) => {
        throw error instanceof EngineError ? errors.environmentUnreachable(error.message, error) : error;
      }),
    ]);
    const bytes = (sizes.databaseBytes ?? 0) + (sizes.filestoreBytes ?? 0);
    const ratios = ratiosOf(previous);
    return {
      environmentId,
      ...sizes,
      expectedDurationSeconds: Math.round((FIXED_SECONDS + bytes / ratios.bytesPerSecond) * 10) / 10,
      expectedStoredBytes: Math.round(bytes * ratios.stored),
      basedOnSnapshotId: ratios.snapshotId,
    };
  }

  private async sizes(environment: Parameters<EnvironmentConnections['resolve']>[0]) {
    const { database, filestore } = await this.connections.resolve(environment);
    const [inDatabase, inFilestore] = await Promise.all([
      database && probeDatabase(database, { timeoutMs: this.configuration.CHECK_TIMEOUT_MS }),
      filestore === undefined
        ? undefined
        : estimateFilestore(filestore, { budgetMs: this.configuration.ESTIMATE_BUDGET_MS }),
    ]);
    return {
      databaseBytes: inDatabase?.databaseBytes ?? null,
      filestoreBytes: inFilestore?.bytes ?? null,
      fileCount: inFilestore?.files ?? null,
      filestoreExtrapolated: inFilestore?.extrapolated ?? false,
    };
  }
}

function ratiosOf(previous: SnapshotEntity | null) {
  const bytes = (previous?.databaseBytes ?? 0) + (previous?.filestoreBytes ?? 0);
  if (previous === null || bytes === 0 || previous.startedAt === null || previous.finishedAt === null) {
    return { snapshotId: null, bytesPerSecond: GENERAL_BYTES_PER_SECOND, stored: GENERAL_STORED_RATIO };
  }
  const seconds = (previous.finishedAt.getTime() - previous.startedAt.getTime()) / 1000;
  return {
    snapshotId: previous.id,
    bytesPerSecond: bytes / Math.max(0.1, seconds - FIXED_SECONDS),
    stored: (previous.storedBytes ?? 0) / bytes,
  };
}
