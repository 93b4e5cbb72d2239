import { Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { FailurePolicy, SnapshotTrigger } from '../../contract/generated/types.gen.js';
import type { CaptureRequest } from '../../engine/capture/capture.js';
import type { FileReferences } from '../../engine/capture/references/check-references.js';
import { errors } from '../../errors/catalogue.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import type { CaptureSource } from './capture-sources.js';
import { SnapshotBase } from './snapshot-base.js';
import { SnapshotOrigins } from './snapshot-origins.js';
import type { SnapshotEntity } from '../snapshot.entity.js';

/** Puts together what the engine is asked for: what is read, and the settings of the environment's captures. */
@Injectable()
export class CaptureRequests {
  constructor(
    private readonly settings: SettingsReader,
    private readonly origins: SnapshotOrigins,
    private readonly base: SnapshotBase,
    private readonly configuration: Configuration,
  ) {}

  /** Throws `no-base` for a differential that has nothing to build on (any more). */
  async of(
    snapshot: SnapshotEntity,
    environment: EnvironmentEntity,
    { database, filestore }: CaptureSource,
  ): Promise<CaptureRequest> {
    const settings = await this.settings.of(environment.id);
    const base = await this.base.of(snapshot);
    if (snapshot.requestedType === 'differential' && base === null) throw errors.noBase(settings.fullEveryDays);
    const { maxReadBytesPerSecond, includeUnloggedTables, fileReferences, failurePolicy } = settings;
    const { FILE_REFERENCES_SECONDS } = this.configuration;
    const compares = fileReferences !== null && database !== undefined && filestore !== undefined;
    return {
      project: snapshot.projectId,
      snapshotId: snapshot.id,
      origin: await this.origins.of(snapshot, environment),
      ...(database && { database }),
      ...(filestore !== undefined && { filestore }),
      databaseOptions: {
        includeUnlogged: includeUnloggedTables,
        ...(maxReadBytesPerSecond === null ? {} : { maxBytesPerSecond: maxReadBytesPerSecond }),
      },
      leaveOutUnreadable: snapshot.trigger === 'safety',
      ...(base && { base }),
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

/** What is wrong with the present state is why people roll back: it keeps no safety snapshot from being taken. */
function strictness(
  trigger: SnapshotTrigger,
  failurePolicy: FailurePolicy,
): Pick<FileReferences, 'onDangling' | 'onFailure'> {
  if (trigger === 'safety') return { onDangling: 'warn', onFailure: 'warn' };
  return { onDangling: failurePolicy === 'block' ? 'fail' : 'warn' };
}
