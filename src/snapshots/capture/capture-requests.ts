import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Configuration } from '../../config/configuration.js';
import type { FailurePolicy, SnapshotTrigger } from '../../contract/generated/types.gen.js';
import type { CaptureRequest } from '../../engine/capture/capture.js';
import type { FileReferences } from '../../engine/capture/references/check-references.js';
import { errors } from '../../errors/catalogue.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import type { CaptureSource } from './capture-sources.js';
import { isLockHalfOver } from './lock-half-over.js';
import { SnapshotBase } from './snapshot-base.js';
import { SnapshotOrigins } from './snapshot-origins.js';
import { SnapshotEntity } from '../snapshot.entity.js';

/** A snapshot, and what it gives back, as the engine reckons it. */
export interface SameContent {
  id: string;
  contentDigest: string;
}

/** Puts together what the engine is asked for: what is read, and the settings of the environment's captures. */
@Injectable()
export class CaptureRequests {
  constructor(
    @InjectRepository(SnapshotEntity) private readonly snapshots: Repository<SnapshotEntity>,
    private readonly settings: SettingsReader,
    private readonly origins: SnapshotOrigins,
    private readonly base: SnapshotBase,
    private readonly configuration: Configuration,
  ) {}

  /**
   * The snapshot that this one may turn out to be the same as, and is not kept then: the newest of the same state, when the schedule
   * asks for it and the settings let it be skipped.
   */
  async sameAs({ environmentId, schedules, stateId }: SnapshotEntity): Promise<SameContent | null> {
    if (schedules.length === 0 || !(await this.settings.of(environmentId)).skipUnchanged) return null;
    const newest = await this.snapshots.findOne({
      where: { environmentId, status: 'completed' },
      order: { createdAt: 'DESC', id: 'DESC' },
      select: { id: true, contentDigest: true, restorability: true, stateId: true, lockedUntil: true },
    });
    if (newest === null || newest.restorability === 'refuted' || newest.stateId !== stateId) return null;
    if (isLockHalfOver(newest.lockedUntil, this.configuration.VAULT_S3_LOCK_DAYS, new Date())) return null;
    return newest.contentDigest === null ? null : { id: newest.id, contentDigest: newest.contentDigest };
  }

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
    const isSafety = snapshot.trigger === 'safety';
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
      leaveOutUnreadable: isSafety,
      onUnreadableFile: environment.onUnreadableFile,
      ...(environment.exclude && { exclusion: environment.exclude }),
      // What is wrong with the present state must not keep anybody from going back.
      whenNeeded: isSafety ? 'capture' : 'refuse',
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
