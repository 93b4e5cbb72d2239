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
  private readonly objects = new Map<string, StoredObject>();
  private sorted: string[] | undefined;

  constructor(private readonly directory: string) {}

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
    else await unlink(before.file);
  }

  async delete(key: string): Promise<void> {
    const object = this.objects.get(key);
    if (object === undefined) return;
    this.objects.delete(key);
    this.sorted = undefined;
    await unlink(object.file);
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
