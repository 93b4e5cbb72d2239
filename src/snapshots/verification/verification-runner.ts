import { Inject, Injectable, Logger } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { EngineError } from '../../engine/engine-error.js';
import { judgeOnServer } from '../../engine/postgres/capabilities/judge-on-server.js';
import { withConnection } from '../../engine/postgres/connection/connect.js';
import { gatherDatabaseFacts } from '../../engine/postgres/databases/database-facts.js';
import type { RestorePhase } from '../../engine/progress.js';
import {
  compareSnapshot,
  type SnapshotComparison,
  type ComparisonRequest,
  removeComparison,
} from '../../engine/restore/compare/compare-snapshot.js';
import { errors } from '../../errors/catalogue.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { stagedDirectoryOf } from '../../engine/filestore/paths/states-place.js';
import { shadowDatabaseName } from '../../engine/postgres/databases/shadow-database.js';
import { leftBeside } from '../../projects/places/left-beside.js';
import { isUnexpected } from '../../errors/finding.js';
import { ProgressLog } from '../../progress/progress-log.js';
import { ProgressRecorder } from '../../progress/progress-recorder.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { VAULT } from '../../vault-access/vault.token.js';
import type { Vault } from '../../vault/vault.js';
import { TimedOut } from '../capture/capture-interruption.js';
import { SnapshotNeeds } from '../restorability/snapshot-needs.js';
import { SnapshotReader } from '../snapshot-reader.js';
import { verificationEnd } from './verification-end.js';
import { VerificationLifecycle } from './verification-lifecycle.js';
import { VerificationReader } from './verification-reader.js';
import { toRunningVerification } from './verification.dto.js';
import type { BuiltStandby } from '../../engine/restore/standby/built-standby.js';
import { StandbyBuilder } from '../standby/standby-builder.js';
import type { VerificationEntity } from './verification.entity.js';

/** So many reasons are told. */
const MOST_REASONS = 5;

/** The share of the whole each phase of a verification is, roughly, in time. */
const phaseWeights = new Map<RestorePhase, number>([
  ['prepare', 2],
  ['stage-database', 60],
  ['stage-filestore', 25],
  ['verify', 13],
]);

/** Runs one verification from beginning to end. */
@Injectable()
export class VerificationRunner {
  private readonly logger = new Logger(VerificationRunner.name);

  constructor(
    private readonly configuration: Configuration,
    private readonly environments: EnvironmentReader,
    private readonly connections: EnvironmentConnections,
    private readonly settings: SettingsReader,
    private readonly snapshots: SnapshotReader,
    private readonly needs: SnapshotNeeds,
    private readonly reader: VerificationReader,
    private readonly lifecycle: VerificationLifecycle,
    private readonly progress: ProgressLog,
    private readonly items: KeeperItems,
    private readonly standbys: StandbyBuilder,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /**
   * Returns when it has ended: its row says how. Throws only when `signal` was aborted (with its reason; it is queued
   * again) or our own database failed.
   */
  async run(verificationId: string, signal: AbortSignal): Promise<void> {
    const verification = await this.lifecycle.take(verificationId);
    if (verification === null) return;
    const recorder = new ProgressRecorder(phaseWeights, (figures) =>
      this.progress.append(verification.id, toRunningVerification(verification, figures)),
    );
    const { timeoutSeconds } = await this.settings.of(verification.environmentId);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(new TimedOut(timeoutSeconds)), timeoutSeconds * 1000);
    const watched = { signal: AbortSignal.any([signal, timeout.signal]), progress: recorder };
    let result: SnapshotComparison | { failure: unknown };
    let standby: BuiltStandby | undefined;
    try {
      const request = await this.requestOf(verification);
      await this.requireNeeds(request);
      if (isForStandby(verification)) {
        const { built, compared } = await this.standbys.build(verification, request, watched);
        standby = built;
        result = compared;
      } else result = await compareSnapshot(request, this.vault.anew(), watched);
    } catch (error) {
      result = { failure: error };
    } finally {
      clearTimeout(timer);
      await recorder.close();
    }
    if (signal.aborted && 'failure' in result) {
      await this.lifecycle.handBack(verification);
      throw signal.reason;
    }
    if ('failure' in result && !(result.failure instanceof TimedOut) && isUnexpected(result.failure)) {
      this.logger.error({ err: result.failure, verificationId }, 'A verification failed.');
    }
    // What a standby leaves is named by its row. Of one that failed nobody has said what is left; nothing to remove is no trouble.
    if (verification.standbyId === null && ('failure' in result || result.leftOver.length > 0))
      await this.leave(verification);
    const end = { ...verificationEnd(result), ...(standby && { standby }) };
    await this.lifecycle.end(verification.id, end, verification.attempt);
  }

  /** Nobody will run it again: what its workers have left beside the live state is removed, as far as that is possible. */
  async abandon(verificationId: string): Promise<void> {
    const verification = await this.reader.byId(verificationId);
    if (verification === null) return;
    try {
      const left = await removeComparison(await this.requestOf(verification));
      if (left.length > 0) await this.leave(verification);
    } catch (error) {
      this.logger.warn(
        { err: error, verificationId },
        'What a verification has left could not be removed; the keeper tries again.',
      );
      await this.leave(verification);
    }
    const message = 'The worker that verified the snapshot died, and so did those that tried again; verify it again.';
    await this.lifecycle.end(verificationId, {
      outcome: 'inconclusive',
      finding: { code: 'worker-lost', message },
    });
  }

  /** By the names it builds under. */
  private async leave({ id, environmentId }: VerificationEntity): Promise<void> {
    const environment = await this.environments.byId(environmentId);
    if (environment === null) return;
    const { filestorePath } = environment;
    const directory = filestorePath === null ? null : await stagedDirectoryOf(filestorePath, id);
    const left = { keptDatabase: shadowDatabaseName(id), keptDirectory: directory };
    await this.items.putAlone('left-over', leftBeside(environment, `verification/${id}`, left));
  }

  /** Before anything is built: rejects with an `EngineError` that says what the role or the server lacks. */
  private async requireNeeds(request: ComparisonRequest): Promise<void> {
    const { database, snapshotId } = request;
    if (database === undefined) return;
    const { requirements } = await this.needs.of(snapshotId);
    const { major } = database.like;
    const timeoutMs = this.configuration.CHECK_TIMEOUT_MS;
    const findings = await withConnection(database.address, { timeoutMs }, (client) =>
      judgeOnServer(client, requirements, { major }),
    );
    const missing = findings.filter(({ blocking }) => blocking).map(({ message }) => message);
    if (missing.length === 0) return;
    // What an attempt that died has left would be removed by the comparison.
    await removeComparison(request);
    const more = missing.length - MOST_REASONS;
    const reasons = [...missing.slice(0, MOST_REASONS), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
    throw new EngineError('requirements-missing', `It cannot be restored on this server by this role. ${reasons}`);
  }

  /** Rejects with an `EngineError` that says why the snapshot cannot be restored beside its environment. */
  private async requestOf({ id, snapshotId, environmentId }: VerificationEntity): Promise<ComparisonRequest> {
    const [snapshot, environment] = await Promise.all([
      this.snapshots.byId(snapshotId),
      this.environments.byId(environmentId),
    ]);
    if (snapshot === null || environment === null) {
      throw errors.notFound('snapshot', snapshotId);
    }
    const { database, filestore } = await this.connections.resolve(environment);
    if (snapshot.databaseBytes !== null && database === undefined) throw nowhere('database');
    if (snapshot.filestoreBytes !== null && filestore === undefined) throw nowhere('filestore');
    const timeoutMs = this.configuration.CHECK_TIMEOUT_MS;
    return {
      project: snapshot.projectId,
      snapshotId,
      attemptId: id,
      ...(database &&
        snapshot.databaseBytes !== null && {
          database: { address: database, like: await gatherDatabaseFacts(database, { timeoutMs }) },
        }),
      ...(filestore !== undefined && snapshot.filestoreBytes !== null && { filestore: { path: filestore } }),
    };
  }
}

function isForStandby(verification: VerificationEntity): verification is VerificationEntity & { standbyId: string } {
  return verification.standbyId !== null;
}

function nowhere(part: 'database' | 'filestore'): EngineError {
  const code = part === 'database' ? 'database-missing' : 'filestore-missing';
  return new EngineError(code, `The snapshot has a ${part}, the environment has none any more: give it one to verify.`);
}
