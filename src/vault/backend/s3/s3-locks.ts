import {
  DeleteObjectsCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectRetentionCommand,
  type ObjectLockRetentionMode,
  type S3Client,
} from '@aws-sdk/client-s3';
import { mapConcurrently } from '../../map-concurrently.js';
import type { LockedObject, ObjectLocks } from '../backend.js';
import { BackendError, backendErrors, isBackendError } from '../backend-error.js';
import { checkKey } from '../object-key.js';
import { lacking, toBatchError, toS3Error } from './s3-errors.js';
import type { S3LockOptions } from './s3-options.js';

/** What DeleteObjects takes at a time. */
const DELETE_BATCH = 1000;
/** Keys whose versions are asked for side by side. */
const KEYS_AT_A_TIME = 8;

interface LockingBucket {
  client: S3Client;
  bucket: string;
  /** What all keys in the bucket begin with and callers do not see. */
  root: string;
}

interface Version {
  Key: string;
  VersionId: string;
}

interface Retention {
  mode: ObjectLockRetentionMode;
  until: Date;
}

/**
 * Object Lock of a bucket, which has versions then: removing an object there without saying which version only hides it. A
 * lock is put on an object that is stored already, so that what is given up before it is needed goes at once.
 */
export class S3Locks implements ObjectLocks {
  readonly days: number;
  private readonly mode: ObjectLockRetentionMode;

  constructor(
    private readonly place: LockingBucket,
    { days, mode }: S3LockOptions,
  ) {
    this.days = days;
    this.mode = mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE';
  }

  async prove(): Promise<void> {
    const { client, bucket: Bucket } = this.place;
    const what = 'telling whether it locks objects';
    const answer = await client.send(new GetObjectLockConfigurationCommand({ Bucket })).catch((error: unknown) => {
      if (isNamed(error, 'ObjectLockConfigurationNotFoundError')) return undefined;
      throw toS3Error(Bucket, what, error);
    });
    const { ObjectLockEnabled, Rule } = answer?.ObjectLockConfiguration ?? {};
    if (ObjectLockEnabled !== 'Enabled') throw lacking(Bucket, 'to lock objects', 'object-lock', undefined);
    const { Days = 0, Years = 0 } = Rule?.DefaultRetention ?? {};
    if (Days + Years === 0) return;
    throw new BackendError(
      'denied',
      `The bucket ${Bucket} locks whatever is stored in it by a default retention, also what is there for a moment only. Take that off (put-object-lock-configuration without a rule): Snapback locks what snapshots need by itself.`,
      { lacks: 'object-lock' },
    );
  }

  async lock(key: string, until: Date): Promise<void> {
    checkKey(key);
    // Some servers keep whole seconds only, and it must not be less.
    const wanted = new Date(Math.ceil(until.getTime() / 1000) * 1000);
    try {
      await this.retain(key, { mode: this.mode, until: wanted });
    } catch (error) {
      // Refused as well for what is locked for longer, or in the other mode: that one stays.
      const there = isBackendError(error, 'denied') ? await this.retention(this.target(key), key) : null;
      if (there === null) throw error;
      if (there.until >= wanted) return;
      if (there.mode === this.mode) throw error;
      await this.retain(key, { mode: there.mode, until: wanted });
    }
  }

  async lockedUntil(key: string): Promise<Date | null> {
    checkKey(key);
    return (await this.retention(this.target(key), key))?.until ?? null;
  }

  /**
   * Every version of these objects, and what hides them. Of an object with a version that is locked the others may go. Rejects as the
   * backend does.
   */
  async remove(keys: readonly string[]): Promise<LockedObject[]> {
    const locked = new Map<string, Date>();
    let versions: Version[] = [];
    const removeSome = async () => {
      const batch = versions.slice(0, DELETE_BATCH);
      versions = versions.slice(DELETE_BATCH);
      for (const { key, until } of await this.removeVersions(batch)) {
        const known = locked.get(key);
        if (known === undefined || known < until) locked.set(key, until);
      }
    };
    for await (const found of mapConcurrently(keys, KEYS_AT_A_TIME, (key) => this.versionsOf(key))) {
      versions.push(...found);
      while (versions.length >= DELETE_BATCH) await removeSome();
    }
    if (versions.length > 0) await removeSome();
    return [...locked].map(([key, until]) => ({ key, until }));
  }

  private async removeVersions(versions: readonly Version[]): Promise<LockedObject[]> {
    const { client, bucket: Bucket, root } = this.place;
    const what = `deleting ${versions.length} versions of objects`;
    const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects: [...versions], Quiet: true } });
    const { Errors = [] } = await this.ask(what, client.send(command));
    const locked: LockedObject[] = [];
    for (const failed of Errors) {
      const { Code, Key = '', VersionId } = failed;
      if (Code === 'NoSuchKey' || Code === 'NoSuchVersion') continue;
      const key = Key.slice(root.length);
      // What may not be deleted and is not locked is a matter of permissions.
      const target = { Bucket, Key, ...(VersionId === undefined ? {} : { VersionId }) };
      const retention = Code === 'AccessDenied' ? await this.retention(target, key) : null;
      if (retention === null) throw toBatchError(Bucket, what, failed);
      locked.push({ key, until: retention.until });
    }
    return locked;
  }

  private async versionsOf(key: string): Promise<Version[]> {
    const { client } = this.place;
    const { Bucket, Key } = this.target(key);
    const versions: Version[] = [];
    let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (marker !== undefined) {
      const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({ Bucket, Prefix: Key, ...marker });
      const page: ListObjectVersionsCommandOutput = await this.ask(`listing versions of ${key}`, client.send(command));
      for (const { Key: found, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
        // Others may begin with it.
        if (found === Key && VersionId !== undefined) versions.push({ Key, VersionId });
      }
      const isMore = page.IsTruncated === true && page.NextKeyMarker === Key;
      marker = isMore ? { KeyMarker: Key, VersionIdMarker: page.NextVersionIdMarker ?? '' } : undefined;
    }
    return versions;
  }

  private async retain(key: string, { mode: Mode, until: RetainUntilDate }: Retention): Promise<void> {
    const { client, bucket } = this.place;
    const command = new PutObjectRetentionCommand({ ...this.target(key), Retention: { Mode, RetainUntilDate } });
    await client.send(command).catch((error: unknown) => {
      // What is hidden by a deletion is not there.
      if (isNamed(error, 'MethodNotAllowed')) throw backendErrors.missing(key);
      throw toS3Error(bucket, key, error);
    });
  }

  private async retention(target: { Bucket: string; Key: string; VersionId?: string }, key: string) {
    const { client, bucket } = this.place;
    try {
      const { Retention } = await client.send(new GetObjectRetentionCommand(target));
      const { Mode, RetainUntilDate } = Retention ?? {};
      if (Mode === undefined || RetainUntilDate === undefined) return null;
      return { mode: Mode, until: RetainUntilDate } satisfies Retention;
    } catch (error) {
      if (['NoSuchObjectLockConfiguration', 'MethodNotAllowed'].some((name) => isNamed(error, name))) return null;
      const failure = toS3Error(bucket, key, error);
      if (isBackendError(failure, 'missing')) return null;
      throw failure;
    }
  }

  private target(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: this.place.root + key };
  }

  private async ask<T>(what: string, request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      throw toS3Error(this.place.bucket, what, error);
    }
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
