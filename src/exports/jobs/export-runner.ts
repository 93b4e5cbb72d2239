import { Inject, Injectable, Logger } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { EngineError } from '../../engine/engine-error.js';
import type { ExportRequest } from '../../engine/export/export-request.js';
import { exportSnapshot, removeExport } from '../../engine/export/export-snapshot.js';
import { gatherDatabaseFacts } from '../../engine/postgres/databases/database-facts.js';
import { shadowDatabaseName } from '../../engine/postgres/databases/shadow-database.js';
import type { CapturePhase, RestorePhase } from '../../engine/progress.js';
import { errors } from '../../errors/catalogue.js';
import { isUnexpected, toFinding } from '../../errors/finding.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { ProgressLog } from '../../progress/progress-log.js';
import { ProgressRecorder } from '../../progress/progress-recorder.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { rulesOf } from '../../projects/environments/neutralizing.js';
import { leftBeside } from '../../projects/places/left-beside.js';
import { SnapshotReader } from '../../snapshots/snapshot-reader.js';
import type { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import { VAULT } from '../../vault-access/vault.token.js';
import type { Vault } from '../../vault/vault.js';
import { ExportFiles } from '../export-files.js';
import { ExportLifecycle } from '../export-lifecycle.js';
import { ExportReader } from '../export-reader.js';
import { toRunningExport } from '../export.dto.js';
import type { ExportEntity } from '../export.entity.js';
import { neutralizeGap } from '../neutralize-gap.js';

const PHASE_WEIGHTS = new Map<CapturePhase | RestorePhase, number>([
  ['prepare', 2],
  ['stage-database', 45],
  ['database', 18],
  ['stage-filestore', 35],
]);

/** Writes one snapshot as a file, from beginning to end. */
@Injectable()
export class ExportRunner {
  private readonly logger = new Logger(ExportRunner.name);

  constructor(
    private readonly configuration: Configuration,
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly snapshots: SnapshotReader,
    private readonly files: ExportFiles,
    private readonly reader: ExportReader,
    private readonly lifecycle: ExportLifecycle,
    private readonly progress: ProgressLog,
    private readonly items: KeeperItems,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Returns when it has ended: its row says how. Throws only when `signal` was aborted (with its reason) or our own database failed. */
  async run(id: string, signal: AbortSignal): Promise<void> {
    const row = await this.lifecycle.take(id);
    if (row === null) return;
    const recorder = new ProgressRecorder(PHASE_WEIGHTS, (figures) =>
      this.progress.append(id, toRunningExport(row, figures)),
    );
    try {
      const request = await this.requestOf(row);
      await this.files.prepare();
      const exported = await exportSnapshot(request, this.vault.anew(), { signal, progress: recorder });
      await recorder.close();
      if (!(await this.lifecycle.complete(row, exported))) await this.removeIfNobodys(row);
    } catch (error) {
      await recorder.close();
      if (signal.aborted) {
        await this.lifecycle.handBack(row);
        throw signal.reason;
      }
      if (isUnexpected(error)) this.logger.error({ err: error, exportId: id }, 'An export failed.');
      await this.leave(row);
      await this.lifecycle.fail(id, toFinding(error), row.attempt);
    }
  }

  /** Its environment was deleted meanwhile. Another worker may be at it, too: then it is that one's. */
  private async removeIfNobodys({ id, fileName }: ExportEntity): Promise<void> {
    const now = await this.reader.byId(id);
    if (now === null || now.status === 'removed') await this.files.remove({ fileName });
  }

  /** Nobody will run it again: what its workers have left is removed, as far as that is possible. */
  async abandon(id: string): Promise<void> {
    const row = await this.reader.byId(id);
    if (row === null) return;
    await this.files.remove(row).catch(() => undefined);
    await this.requestOf(row)
      .then(removeExport)
      .catch(() => undefined);
    await this.leave(row);
    const message = 'The worker that was at it died, and so did those that tried again; export it again.';
    await this.lifecycle.fail(id, { code: 'worker-lost', message });
  }

  /** By its name, what there may be on the server; nothing to remove is no trouble. */
  private async leave({ id, environmentId }: ExportEntity): Promise<void> {
    const environment = await this.environments.byId(environmentId);
    if (environment === null) return;
    const left = { keptDatabase: shadowDatabaseName(id), keptDirectory: null };
    await this.items.putAlone('left-over', leftBeside(environment, `export/${id}`, left));
  }

  /** Rejects with an `EngineError` that says why it cannot be exported. */
  private async requestOf(row: ExportEntity): Promise<ExportRequest> {
    const { id, snapshotId, environmentId, format, layout, neutralizedFor } = row;
    const [snapshot, environment] = await Promise.all([
      this.snapshots.byId(snapshotId),
      this.environments.byId(environmentId),
    ]);
    if (snapshot === null || environment === null) throw errors.notFound('snapshot', snapshotId);
    const { database } = await this.connections.resolve(environment);
    if (snapshot.databaseBytes !== null && database === undefined)
      throw new EngineError(
        'database-missing',
        'The environment has no database any more, on whose server it could be rebuilt.',
      );
    const timeoutMs = this.configuration.CHECK_TIMEOUT_MS;
    const rules = neutralizedFor === null ? undefined : await this.rulesFor(neutralizedFor, snapshot);
    return {
      ...{ project: snapshot.projectId, snapshotId, id, to: this.files.pathOf(row), format, layout },
      about: { environment: environment.name, capturedAt: (snapshot.startedAt ?? snapshot.createdAt).toISOString() },
      ...(rules && { neutralize: rules }),
      ...(database &&
        snapshot.databaseBytes !== null && {
          database: { address: database, like: await gatherDatabaseFacts(database, { timeoutMs }) },
        }),
    };
  }

  /** As they are now. Nothing leaves as it was captured because somebody has taken them away meanwhile. */
  private async rulesFor(
    environmentId: string,
    snapshot: SnapshotEntity,
  ): Promise<NonNullable<ExportRequest['neutralize']>> {
    const environment = await this.environments.byId(environmentId);
    if (environment === null)
      throw new EngineError('export-unfit', 'The environment by whose rules it was to be made harmless is gone.');
    const gap = neutralizeGap(environment, snapshot);
    if (gap !== null) throw new EngineError('export-unfit', gap);
    const { neutralizeSql, neutralizePaths } = environment;
    return { sql: neutralizeSql, paths: neutralizePaths && rulesOf(neutralizePaths) };
  }
}
