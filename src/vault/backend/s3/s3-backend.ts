import {
  DeleteObjectsCommand,
  type GetObjectCommandOutput,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Backend, ByteRange, ListedObject, LockedObject, ObjectFacts, ObjectSource } from '../backend.js';
import { BackendError, backendErrors, isBackendError } from '../backend-error.js';
import { checkKey, checkPrefix } from '../object-key.js';
import { checkRange, inParts } from '../object-source.js';
import { isConditionFailed, noSuchBucket, toBatchError, toS3Error } from './s3-errors.js';
import { abortUploads, listBucket } from './s3-listing.js';
import {
  bucketPrefix,
  checksumOf,
  createS3Client,
  DEFAULT_CHECKSUMS,
  DEFAULT_PART_BYTES,
  DEFAULT_PART_CONCURRENCY,
  MIN_PART_BYTES,
  type S3BackendOptions,
  type S3Checksums,
} from './s3-options.js';
import { S3Locks } from './s3-locks.js';
import { explainS3Refusal } from './s3-refusal.js';
import { uploadInParts } from './s3-upload.js';

/** What DeleteObjects takes at a time. */
const DELETE_BATCH = 1000;

/**
 * Objects in a bucket of any server that speaks S3 and knows conditional writes (`If-None-Match: *`). It tries
 * each request once: put a `RetryingBackend` around it. Needs the permissions to get, put, delete and list, and to
 * abort multipart uploads; where it locks, also to list and delete versions, and to read and write their retention.
 */
export class S3Backend implements Backend {
  readonly locks: S3Locks | null;
  private readonly client: S3Client;
  private readonly prefix: string;
  private readonly partBytes: number;
  private readonly checksums: S3Checksums;

  /** Connects to nothing yet. Throws `RangeError` for a part size the protocol does not allow. */
  constructor(private readonly options: S3BackendOptions) {
    this.client = createS3Client(options);
    this.prefix = bucketPrefix(options);
    this.partBytes = options.partBytes ?? DEFAULT_PART_BYTES;
    this.checksums = options.checksums ?? DEFAULT_CHECKSUMS;
    const { client, prefix: root } = this;
    const { bucket, lock } = options;
    this.locks = lock === undefined ? null : new S3Locks({ client, bucket, root }, lock);
    if (this.partBytes < MIN_PART_BYTES) throw new RangeError(`Parts have at least ${MIN_PART_BYTES} bytes.`);
  }

  /** Ends the idle connections. The backend is of no use afterwards. */
  close(): void {
    this.client.destroy();
  }

  async put(key: string, object: ObjectSource): Promise<void> {
    checkKey(key);
    if (object.bytes <= this.partBytes) {
      for await (const body of inParts(object, this.partBytes)) {
        try {
          await this.unlessThere(key, object.bytes, () => this.client.send(this.putCommand(key, body, true)));
        } catch (error) {
          throw await explainS3Refusal(this.options, this.target(key), body, error);
        }
      }
      return;
    }
    const target = {
      client: this.client,
      bucket: this.options.bucket,
      key: this.prefix + key,
      partBytes: this.partBytes,
      concurrency: this.options.partConcurrency ?? DEFAULT_PART_CONCURRENCY,
      checksums: this.checksums,
      ask: <T>(request: Promise<T>) => this.ask(key, request),
    };
    await uploadInParts(target, object, (request) => this.unlessThere(key, object.bytes, request));
  }

  async replace(key: string, bytes: Buffer): Promise<void> {
    checkKey(key);
    await this.ask(key, this.client.send(this.putCommand(key, bytes, false)));
  }

  async read(key: string, range?: ByteRange): Promise<Buffer> {
    if (range !== undefined) checkRange(range);
    if (range?.bytes === 0) return await this.readNothing(key, range.offset);
    const { answer, bytes } = await this.get(key, range?.offset ?? 0, range?.bytes);
    const buffer = Buffer.allocUnsafeSlow(bytes);
    let filled = 0;
    for await (const chunk of this.body(key, answer, bytes)) filled += chunk.copy(buffer, filled);
    return buffer;
  }

  async openFile(): Promise<null> {
    return null;
  }

  async *stream(key: string, offset = 0): AsyncGenerator<Buffer> {
    checkRange({ offset, bytes: 0 });
    checkKey(key);
    // A range that begins where the object ends cannot be asked for.
    const size = offset === 0 ? undefined : (await this.stat(key))?.bytes;
    if (offset > 0 && size === undefined) throw backendErrors.missing(key);
    if (size !== undefined && offset > size) throw backendErrors.truncated(key, offset, size);
    if (size === offset) return;
    const { answer, bytes } = await this.get(key, offset);
    yield* this.body(key, answer, bytes);
  }

  async stat(key: string): Promise<ObjectFacts | null> {
    checkKey(key);
    try {
      const answer = await this.ask(key, this.client.send(new HeadObjectCommand(this.target(key))));
      if (answer.ContentLength === undefined || answer.LastModified === undefined) throw this.nonsense(key);
      return { bytes: answer.ContentLength, modifiedAt: answer.LastModified };
    } catch (error) {
      if (!isBackendError(error, 'missing')) throw error;
      await this.confirmBucket(key);
      return null;
    }
  }

  async *list(prefix: string, after = ''): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    if (after !== '') checkKey(after);
    yield* listBucket(this.listing(`listing "${prefix}"`), prefix, after);
  }

  async delete(keys: readonly string[]): Promise<readonly LockedObject[]> {
    keys.forEach(checkKey);
    if (this.locks !== null) return await this.locks.remove(keys);
    for (let at = 0; at < keys.length; at += DELETE_BATCH) {
      const Objects = keys.slice(at, at + DELETE_BATCH).map((key) => ({ Key: this.prefix + key }));
      const command = new DeleteObjectsCommand({ Bucket: this.options.bucket, Delete: { Objects, Quiet: true } });
      const { Errors = [] } = await this.ask(`deleting ${Objects.length} objects`, this.client.send(command));
      const failed = Errors.filter(({ Code }) => Code !== 'NoSuchKey');
      if (failed[0] !== undefined) {
        throw toBatchError(this.options.bucket, `deleting ${failed.length} of ${Objects.length} objects`, failed[0]);
      }
    }
    return [];
  }

  async removeUnfinished(olderThan: Date, isOurs: (key: string) => boolean): Promise<number> {
    return await abortUploads(this.listing('listing uploads'), olderThan, isOurs);
  }

  /**
   * Stores what must not replace anything; when the key is taken already, looks whether it is by the same. Resolves to
   * whether it was stored by this request.
   */
  private async unlessThere(key: string, bytes: number, request: () => Promise<unknown>): Promise<boolean> {
    try {
      await request();
      return true;
    } catch (error) {
      if (!isConditionFailed(error)) throw toS3Error(this.options.bucket, key, error);
      const there = await this.stat(key);
      if (there === null) {
        throw new BackendError('unavailable', `The object ${key} was deleted while it was being stored. Try again.`);
      }
      if (there.bytes !== bytes) throw backendErrors.exists(key, there.bytes, bytes);
      return false;
    }
  }

  private putCommand(key: string, Body: Buffer, onlyIfAbsent: boolean): PutObjectCommand {
    return new PutObjectCommand({
      ...this.target(key),
      Body,
      ContentLength: Body.length,
      ...checksumOf(this.checksums),
      ...(onlyIfAbsent ? { IfNoneMatch: '*' } : {}),
    });
  }

  /** Asks for an object from `offset` on. Resolves to the bytes the server announces, which are as many as were asked for. */
  private async get(
    key: string,
    offset: number,
    bytes?: number,
  ): Promise<{ answer: GetObjectCommandOutput; bytes: number }> {
    checkKey(key);
    const last = bytes === undefined ? '' : offset + bytes - 1;
    const range = offset === 0 && bytes === undefined ? {} : { Range: `bytes=${offset}-${last}` };
    const answer = await this.ask(key, this.client.send(new GetObjectCommand({ ...this.target(key), ...range })));
    if (answer.ContentLength === undefined) throw this.nonsense(key);
    // A server that knows no ranges sends the whole object.
    const begin = /^bytes (\d+)-/.exec(answer.ContentRange ?? 'bytes 0-')?.[1];
    const fits = Number(begin) === offset && (bytes === undefined || answer.ContentLength <= bytes);
    if (fits && answer.ContentLength >= (bytes ?? 0)) return { answer, bytes: answer.ContentLength };
    discard(answer);
    throw fits ? backendErrors.truncated(key, bytes ?? 0, answer.ContentLength) : this.nonsense(key);
  }

  /** The bytes of an answer; throws 'truncated' unless they are exactly `wanted`. */
  private async *body(key: string, answer: GetObjectCommandOutput, wanted: number): AsyncGenerator<Buffer> {
    let got = 0;
    try {
      for await (const chunk of answer.Body as AsyncIterable<Buffer>) {
        got += chunk.length;
        if (got > wanted) throw this.nonsense(key);
        yield chunk;
      }
    } catch (error) {
      throw toS3Error(this.options.bucket, key, error);
    } finally {
      discard(answer);
    }
    if (got < wanted) throw backendErrors.truncated(key, wanted, got);
  }

  private async readNothing(key: string, offset: number): Promise<Buffer> {
    const facts = await this.stat(key);
    if (facts === null) throw backendErrors.missing(key);
    if (offset > facts.bytes) throw backendErrors.truncated(key, offset, facts.bytes);
    return Buffer.alloc(0);
  }

  private target(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.options.bucket, Key: this.prefix + key };
  }

  private listing(what: string) {
    const ask = <T>(request: Promise<T>) => this.ask(what, request);
    return { client: this.client, bucket: this.options.bucket, root: this.prefix, ask };
  }

  /** The answer to HEAD does not tell a bucket that is gone, with everything in it, from an object that is not there. */
  private async confirmBucket(key: string): Promise<void> {
    try {
      await this.ask(key, this.client.send(new HeadBucketCommand({ Bucket: this.options.bucket })));
    } catch (error) {
      throw isBackendError(error, 'missing') ? noSuchBucket(this.options.bucket, key, error.cause) : error;
    }
  }

  private async ask<T>(what: string, request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      throw toS3Error(this.options.bucket, what, error);
    }
  }

  private nonsense(key: string): BackendError {
    return new BackendError(
      'unavailable',
      `The bucket ${this.options.bucket} gave an answer for ${key} that makes no sense.`,
    );
  }
}

/** Gives up a connection whose answer nobody will read to its end. */
function discard(answer: GetObjectCommandOutput): void {
  const body = answer.Body as { destroy?: () => void } | undefined;
  body?.destroy?.();
}
