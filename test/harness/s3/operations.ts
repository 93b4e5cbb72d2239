import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type Answer, xmlAnswer } from './answer.js';
import type { StoredObject } from './object-store.js';
import { lockConfiguration, listVersions, putRetention, retentionOf } from './object-lock.js';
import { requestBody } from './request-body.js';
import { S3Failure } from './s3-failure.js';
import type { S3Request } from './s3-request.js';
import { elementsOf, textsOf, type XmlValue } from './xml.js';

const MAX_KEYS = 1000;
const MIN_PART_BYTES = 5 * 1024 * 1024;

/** Carries out one request; throws `S3Failure` for what S3 answers with an error. */
export async function operate(asked: S3Request): Promise<Answer> {
  const { request, key, query, store } = asked;
  switch (`${request.method} ${key === '' ? 'bucket' : 'object'}`) {
    case 'HEAD bucket':
      return { status: 200 };
    case 'GET bucket':
      if (query.has('object-lock')) return lockConfiguration(asked);
      if (query.has('versions')) return listVersions(asked);
      return query.has('uploads') ? listUploads(asked) : listObjects(asked);
    case 'POST bucket':
      return await deleteObjects(asked);
    case 'HEAD object':
      return { status: 200, headers: factsOf(store.get(key)), bytes: store.get(key).bytes };
    case 'GET object':
      return query.has('retention') ? retentionOf(asked) : await getObject(asked);
    case 'PUT object':
      if (query.has('retention')) return putRetention(asked, await textOf(request));
      return query.has('partNumber') ? await uploadPart(asked) : await putObject(asked);
    case 'POST object':
      return query.has('uploads') ? createUpload(asked) : await completeUpload(asked);
    case 'DELETE object':
      if (query.has('uploadId')) return await abortUpload(asked);
      await store.delete(key);
      return { status: 204 };
    default:
      throw new S3Failure('MethodNotAllowed', 405);
  }
}

async function putObject({ request, store, key, habits }: S3Request): Promise<Answer> {
  const object = await store.write(requestBody(request));
  if (habits.forgets === true) return { status: 200, headers: { etag: `"${object.etag}"` } };
  if (habits.conditions === 'told-by-body' && onlyIfAbsent(request) && store.has(key)) {
    return xmlAnswer('Error', { Code: 'PreconditionFailed', Message: 'It is there already.' });
  }
  if (habits.conditions === 'pretended' && onlyIfAbsent(request) && store.has(key)) {
    return xmlAnswer('html', { body: 'All is well.' });
  }
  await store.publish(key, object, onlyIfAbsent(request) && habits.conditions !== 'ignored');
  return { status: 200, headers: { etag: `"${object.etag}"` } };
}

async function getObject({ request, store, key, query, habits }: S3Request): Promise<Answer> {
  const version = query.get('versionId');
  const object = version === null ? store.get(key) : store.version(key, version).object;
  const headers = factsOf(object);
  const { bytes } = object;
  const range = habits.ranges === 'ignored' ? undefined : rangeOf(request.headers.range, bytes);
  // Opened before anything else can happen: an object that is replaced from now on is still sent as it was.
  const handle = await open(object.file);
  const close = () => handle.close();
  if (range === undefined) return { status: 200, headers, bytes, body: contentOf(handle, 0, bytes), close };
  const { start, end } = range;
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end}/${bytes}` },
    bytes: end - start + 1,
    body: contentOf(handle, start, end - start + 1),
    close,
  };
}

const READ_BYTES = 64 * 1024;

async function* contentOf(handle: FileHandle, start: number, bytes: number): AsyncGenerator<Buffer> {
  // By hand: a read stream that is left early would keep the handle from closing.
  for (let at = start; at < start + bytes;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(READ_BYTES, start + bytes - at)), {
      position: at,
    });
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Both ends included. A range that begins behind the last byte cannot be answered. */
function rangeOf(header: string | undefined, bytes: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const start = Number(match[1]);
  const end = Math.min(match[2] === '' ? bytes - 1 : Number(match[2]), bytes - 1);
  if (start >= bytes) throw new S3Failure('InvalidRange', 416);
  return { start, end };
}

function listObjects({ store, query, habits }: S3Request): Answer {
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const maxKeys = Math.min(MAX_KEYS, Number(query.get('max-keys') ?? MAX_KEYS));
  const listed = habits.lists === 'late' ? [] : store.keys();
  const keys = listed.filter((key) => key.startsWith(prefix) && key > after);
  const page = keys.slice(0, maxKeys);
  const truncated = keys.length > page.length;
  return xmlAnswer('ListBucketResult', {
    Prefix: prefix,
    KeyCount: page.length,
    MaxKeys: maxKeys,
    IsTruncated: truncated,
    NextContinuationToken: truncated ? Buffer.from(page.at(-1) ?? '').toString('base64url') : undefined,
    Contents: page.map((Key) => {
      const { bytes, etag, modifiedAt } = store.get(Key);
      return { Key, Size: bytes, ETag: `"${etag}"`, LastModified: modifiedAt.toISOString() };
    }),
  });
}

function listUploads({ store, query }: S3Request): Answer {
  const prefix = query.get('prefix') ?? '';
  const uploads = [...store.uploads].filter(([, { key }]) => key.startsWith(prefix));
  return xmlAnswer('ListMultipartUploadsResult', {
    IsTruncated: false,
    Upload: uploads.map(([UploadId, { key, begunAt }]) => ({ Key: key, UploadId, Initiated: begunAt.toISOString() })),
  });
}

async function deleteObjects({ request, store, habits }: S3Request): Promise<Answer> {
  const objects = elementsOf(await textOf(request), 'Object').map((xml) => {
    const [Key = '', VersionId] = [textsOf(xml, 'Key')[0], textsOf(xml, 'VersionId')[0]];
    return { Key, VersionId };
  });
  if (objects.length > MAX_KEYS) throw new S3Failure('MalformedXML', 400);
  const refused: XmlValue[] = [];
  for (const { Key, VersionId } of objects) {
    if (habits.deletes === 'pretended') continue;
    try {
      if (Key.includes('undeletable')) throw new S3Failure('AccessDenied', 403);
      if (VersionId === undefined) await store.delete(Key);
      else await store.deleteVersion(Key, VersionId);
    } catch (error) {
      if (!(error instanceof S3Failure)) throw error;
      refused.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return xmlAnswer('DeleteResult', { Error: refused });
}

function createUpload({ store, key }: S3Request): Answer {
  return xmlAnswer('InitiateMultipartUploadResult', { Key: key, UploadId: store.beginUpload(key) });
}

async function uploadPart({ request, store, key, query }: S3Request): Promise<Answer> {
  const id = query.get('uploadId') ?? '';
  store.upload(id, key);
  const part = await store.write(requestBody(request));
  await store.addPart(id, key, Number(query.get('partNumber')), part);
  return { status: 200, headers: { etag: `"${part.etag}"` } };
}

async function completeUpload({ request, store, key, query, habits }: S3Request): Promise<Answer> {
  const id = query.get('uploadId') ?? '';
  const upload = store.upload(id, key);
  const xml = await textOf(request);
  const etags = textsOf(xml, 'ETag').map((etag) => etag.replaceAll('"', ''));
  const parts = textsOf(xml, 'PartNumber').map((number, at) => {
    const part = upload.parts.get(Number(number));
    if (part === undefined || part.etag !== etags[at]) throw new S3Failure('InvalidPart', 400);
    return part;
  });
  if (parts.length === 0) throw new S3Failure('MalformedXML', 400);
  if (parts.slice(0, -1).some(({ bytes }) => bytes < MIN_PART_BYTES)) throw new S3Failure('EntityTooSmall', 400);
  const object = await store.join(parts);
  await store.publish(key, object, onlyIfAbsent(request) && habits.conditions !== 'ignored');
  await store.endUpload(id);
  return xmlAnswer('CompleteMultipartUploadResult', { Key: key, ETag: `"${object.etag}"` });
}

async function abortUpload({ store, key, query }: S3Request): Promise<Answer> {
  const id = query.get('uploadId') ?? '';
  store.upload(id, key);
  await store.endUpload(id);
  return { status: 204 };
}

function factsOf({ etag, modifiedAt }: StoredObject): Record<string, string> {
  return { etag: `"${etag}"`, 'last-modified': modifiedAt.toUTCString(), 'accept-ranges': 'bytes' };
}

function onlyIfAbsent({ headers }: IncomingMessage): boolean {
  return headers['if-none-match'] === '*';
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of requestBody(request)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
