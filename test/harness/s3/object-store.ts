import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { S3Failure } from './s3-failure.js';

export interface StoredObject {
  bytes: number;
  /** MD5 in hex; with `-n` for an object of n parts. */
  etag: string;
  modifiedAt: Date;
  file: string;
}

export type RetentionMode = 'GOVERNANCE' | 'COMPLIANCE';

/** Where the bucket keeps them: an object as it once was, or what hides it. */
export interface StoredVersion {
  id: string;
  /** Null: it was deleted without saying which version. */
  object: StoredObject | null;
  at: Date;
  retention?: { mode: RetentionMode; until: Date };
}

interface Upload {
  key: string;
  begunAt: Date;
  parts: Map<number, StoredObject>;
}

/** The objects of one bucket: their bytes in files, what is known about them in memory. */
export class ObjectStore {
  readonly uploads = new Map<string, Upload>();
  /** The server's own time. */
  clock = (): Date => new Date();
  /** Of a bucket that has Object Lock: the newest first. */
  private readonly versions = new Map<string, StoredVersion[]>();
  private readonly objects = new Map<string, StoredObject>();
  private sorted: string[] | undefined;

  constructor(
    private readonly directory: string,
    readonly hasObjectLock = false,
  ) {}

  /** Throws `S3Failure('NoSuchKey')`. */
  get(key: string): StoredObject {
    const object = this.objects.get(key);
    if (object === undefined) throw new S3Failure('NoSuchKey', 404);
    return object;
  }

  has(key: string): boolean {
    return this.objects.has(key);
  }

  /** Sorted, byte for byte. */
  keys(): readonly string[] {
    return (this.sorted ??= [...this.objects.keys()].toSorted((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    ));
  }

  /** Writes bytes to a file that no key refers to yet. */
  async write(bytes: AsyncIterable<Buffer>): Promise<StoredObject> {
    const file = join(this.directory, randomUUID());
    const md5 = createHash('md5');
    let length = 0;
    try {
      await pipeline(async function* () {
        for await (const chunk of bytes) {
          md5.update(chunk);
          length += chunk.length;
          yield chunk;
        }
      }, createWriteStream(file));
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    return { bytes: length, etag: md5.digest('hex'), modifiedAt: this.clock(), file };
  }

  /** Makes an object visible. Nothing is awaited between the look at the key and the change: two writers cannot both win. */
  async publish(key: string, object: StoredObject, onlyIfAbsent: boolean): Promise<void> {
    const before = this.objects.get(key);
    if (onlyIfAbsent && before !== undefined) {
      await unlink(object.file);
      throw new S3Failure('PreconditionFailed', 412);
    }
    this.objects.set(key, object);
    if (before === undefined) this.sorted = undefined;
    if (this.hasObjectLock) this.addVersion(key, object);
    else if (before !== undefined) await unlink(before.file);
  }

  /** What it was, or what hides it, is not removed where there are versions. */
  async delete(key: string): Promise<void> {
    if (this.hasObjectLock) {
      this.addVersion(key, null);
      this.showNewest(key);
      return;
    }
    const object = this.objects.get(key);
    if (object === undefined) return;
    this.objects.delete(key);
    this.sorted = undefined;
    await unlink(object.file);
  }

  versionsOf(key: string): readonly StoredVersion[] {
    return this.versions.get(key) ?? [];
  }

  /** All keys that have any, in order. */
  versionedKeys(): string[] {
    return [...this.versions.keys()].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  /** The newest without an id. Throws `S3Failure` for what is not there, or hidden. */
  version(key: string, id: string | null): StoredVersion & { object: StoredObject } {
    const versions = this.versionsOf(key);
    const version = id === null ? versions[0] : versions.find((each) => each.id === id);
    if (version === undefined) throw new S3Failure(id === null ? 'NoSuchKey' : 'NoSuchVersion', 404);
    if (version.object === null) throw new S3Failure('MethodNotAllowed', 405);
    return version as StoredVersion & { object: StoredObject };
  }

  /** Nobody shortens a lock or changes its mode as long as it holds. Throws `S3Failure`. */
  retain(key: string, id: string | null, mode: RetentionMode, until: Date): void {
    const version = this.version(key, id);
    const { retention } = version;
    if (until <= this.clock()) throw new S3Failure('InvalidArgument', 400, 'The date has to be in the future.');
    const holds = retention !== undefined && retention.until > this.clock();
    if (holds && (until < retention.until || mode !== retention.mode)) throw new S3Failure('AccessDenied', 403);
    const versions = this.versionsOf(key).map((each) =>
      each.id === version.id ? { ...each, retention: { mode, until } } : each,
    );
    this.versions.set(key, versions);
  }

  /** Throws `S3Failure('AccessDenied')` for one that is locked. What is not there is no error. */
  async deleteVersion(key: string, id: string): Promise<void> {
    const version = this.versionsOf(key).find((each) => each.id === id);
    if (version === undefined) return;
    if (version.retention !== undefined && version.retention.until > this.clock()) {
      throw new S3Failure('AccessDenied', 403, 'Access Denied because object protected by object lock.');
    }
    const left = this.versionsOf(key).filter((each) => each.id !== id);
    if (left.length === 0) this.versions.delete(key);
    else this.versions.set(key, left);
    this.showNewest(key);
    if (version.object !== null) await unlink(version.object.file);
  }

  private addVersion(key: string, object: StoredObject | null): void {
    this.versions.set(key, [{ id: randomUUID(), object, at: this.clock() }, ...this.versionsOf(key)]);
  }

  private showNewest(key: string): void {
    const object = this.versionsOf(key)[0]?.object ?? null;
    if (object === null) this.objects.delete(key);
    else this.objects.set(key, object);
    this.sorted = undefined;
  }

  beginUpload(key: string): string {
    const id = randomUUID();
    this.uploads.set(id, { key, begunAt: this.clock(), parts: new Map() });
    return id;
  }

  /** Throws `S3Failure('NoSuchUpload')`. */
  upload(id: string, key: string): Upload {
    const upload = this.uploads.get(id);
    if (upload?.key !== key) throw new S3Failure('NoSuchUpload', 404);
    return upload;
  }

  async addPart(id: string, key: string, number: number, part: StoredObject): Promise<void> {
    const upload = this.uploads.get(id);
    if (upload?.key !== key) {
      await unlink(part.file);
      throw new S3Failure('NoSuchUpload', 404);
    }
    const before = upload.parts.get(number);
    upload.parts.set(number, part);
    if (before !== undefined) await unlink(before.file);
  }

  /** Puts the parts together in the order given. The upload stays until `endUpload()`. */
  async join(parts: StoredObject[]): Promise<StoredObject> {
    const joined = await this.write(
      (async function* () {
        for (const { file } of parts) yield* createReadStream(file) as AsyncIterable<Buffer>;
      })(),
    );
    const md5 = createHash('md5');
    for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'));
    return { ...joined, etag: `${md5.digest('hex')}-${parts.length}` };
  }

  async endUpload(id: string): Promise<void> {
    const upload = this.uploads.get(id);
    this.uploads.delete(id);
    for (const part of upload?.parts.values() ?? []) await unlink(part.file);
  }

  /** Stores an object without a request. */
  async seed(key: string, text: string): Promise<void> {
    const bytes = (async function* () {
      yield Buffer.from(text);
    })();
    await this.publish(key, await this.write(bytes), false);
  }
}
