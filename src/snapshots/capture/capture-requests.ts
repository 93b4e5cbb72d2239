import { Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { FailurePolicy, SnapshotTrigger } from '../../contract/generated/types.gen.js';
import type { CaptureRequest } from '../../engine/capture/capture.js';
import { EngineError } from '../../engine/engine-error.js';
import type { FileReferences } from '../../engine/capture/references/check-references.js';
import { errors } from '../../errors/catalogue.js';
import { EnvironmentConnections } from '../../projects/connections/environment-connections.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { SnapshotOrigins } from './snapshot-origins.js';
import type { SnapshotEntity } from '../snapshot.entity.js';

/** Puts together what the engine is asked for: the environment's places and the settings of its captures. */
@Injectable()
export class CaptureRequests {
  constructor(
    private readonly connections: EnvironmentConnections,
    private readonly settings: SettingsReader,
    private readonly origins: SnapshotOrigins,
    private readonly configuration: Configuration,
  ) {}

  /** Throws `no-base` for a differential that has nothing to build on (any more), and as `EnvironmentConnections` does. */
  async of(snapshot: SnapshotEntity, environment: EnvironmentEntity): Promise<CaptureRequest> {
    const settings = await this.settings.of(environment.id);
    const { baseSnapshotId } = snapshot;
    if (snapshot.requestedType === 'differential' && baseSnapshotId === null)
      throw errors.noBase(settings.fullEveryDays);
    const source = await this.connections.resolve(environment);
    if (source.database === undefined && source.filestore === undefined) throw withoutPlaces();
    const { maxReadBytesPerSecond, includeUnloggedTables, fileReferences, failurePolicy } = settings;
    const { FILE_REFERENCES_SECONDS } = this.configuration;
    const compares = fileReferences !== null && source.database !== undefined && source.filestore !== undefined;
    return {
      project: snapshot.projectId,
      snapshotId: snapshot.id,
      origin: await this.origins.of(snapshot, environment),
      ...source,
      databaseOptions: {
        includeUnlogged: includeUnloggedTables,
        ...(maxReadBytesPerSecond === null ? {} : { maxBytesPerSecond: maxReadBytesPerSecond }),
      },
      leaveOutUnreadable: snapshot.trigger === 'safety',
      ...(baseSnapshotId === null ? {} : { base: { snapshotId: baseSnapshotId } }),
      ...(compares
        ? {
            fileReferences: {
              query: fileReferences,
              timeoutSeconds: FILE_REFERENCES_SECONDS,
              ...strictness(snapshot.trigger, failurePolicy),
            },
          }
        : {}),
    };
  }
}

/** It was brought back from the vault. */
function withoutPlaces(): EngineError {
  return new EngineError(
    'database-unreachable',
    'The environment has neither a database nor a filestore: it was brought back from the vault. Give it what it had with environmentUpdate.',
  );
}

/** What is wrong with the present state is why people roll back: it keeps no safety snapshot from being taken. */
function strictness(
  trigger: SnapshotTrigger,
  failurePolicy: FailurePolicy,
): Pick<FileReferences, 'onDangling' | 'onFailure'> {
  if (trigger === 'safety') return { onDangling: 'warn', onFailure: 'warn' };
  return { onDangling: failurePolicy === 'block' ? 'fail' : 'warn' };
}
