import { type Answer, xmlAnswer } from './answer.js';
import type { RetentionMode } from './object-store.js';
import { S3Failure } from './s3-failure.js';
import type { S3Request } from './s3-request.js';
import { textsOf } from './xml.js';

/*
 * Versions and Object Lock, as far as our backend asks. Nobody here may take a lock off, not even one of GOVERNANCE: our backend never
 * asks to.
 */

const MAX_KEYS = 1000;

export function lockConfiguration({ store, habits }: S3Request): Answer {
  if (!store.hasObjectLock) {
    throw new S3Failure('ObjectLockConfigurationNotFoundError', 404, 'There is no such configuration for this bucket.');
  }
  const Rule = habits.locks === 'by-default' ? { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } : undefined;
  return xmlAnswer('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled', Rule });
}

export function retentionOf({ store, key, query }: S3Request): Answer {
  const { retention } = versionOf(store, key, query);
  if (retention === undefined) throw new S3Failure('NoSuchObjectLockConfiguration', 404);
  const { mode: Mode, until } = retention;
  return xmlAnswer('Retention', { Mode, RetainUntilDate: until.toISOString() });
}

export function putRetention({ request, store, key, query }: S3Request, body: string): Answer {
  const { headers } = request;
  const isSummed = headers['content-md5'] !== undefined || headers['x-amz-checksum-crc32'] !== undefined;
  if (!isSummed) throw new S3Failure('InvalidRequest', 400, 'Content-MD5 or a checksum is required.');
  versionOf(store, key, query);
  const [mode] = textsOf(body, 'Mode');
  const [until] = textsOf(body, 'RetainUntilDate');
  if (until === undefined || (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE')) throw new S3Failure('MalformedXML', 400);
  store.retain(key, query.get('versionId'), mode satisfies RetentionMode, new Date(until));
  return { status: 200 };
}

export function listVersions({ store, query }: S3Request): Answer {
  const prefix = query.get('prefix') ?? '';
  const [fromKey, fromId] = [query.get('key-marker') ?? '', query.get('version-id-marker') ?? ''];
  const all = store
    .versionedKeys()
    .filter((key) => key.startsWith(prefix) && key >= fromKey)
    .flatMap((Key) => store.versionsOf(Key).map((version, nth) => ({ Key, version, IsLatest: nth === 0 })));
  const begin = all.findIndex(({ Key, version }) => Key > fromKey || (fromId !== '' && version.id === fromId));
  const isAfter = begin >= 0 && all[begin]?.Key === fromKey ? begin + 1 : Math.max(0, begin);
  const rest = fromKey === '' ? all : all.slice(isAfter);
  const page = rest.slice(0, MAX_KEYS);
  const last = page.at(-1);
  const isTruncated = rest.length > page.length;
  const entries = (isObject: boolean) =>
    page
      .filter(({ version }) => (version.object !== null) === isObject)
      .map(({ Key, version: { id: VersionId, object, at }, IsLatest }) => ({
        ...{ Key, VersionId, IsLatest, LastModified: at.toISOString() },
        ...(object && { Size: object.bytes, ETag: `"${object.etag}"` }),
      }));
  return xmlAnswer('ListVersionsResult', {
    Prefix: prefix,
    IsTruncated: isTruncated,
    ...(isTruncated && { NextKeyMarker: last?.Key, NextVersionIdMarker: last?.version.id }),
    Version: entries(true),
    DeleteMarker: entries(false),
  });
}

function versionOf(store: S3Request['store'], key: string, query: URLSearchParams) {
  if (!store.hasObjectLock) throw new S3Failure('InvalidRequest', 400, 'The bucket has no Object Lock.');
  return store.version(key, query.get('versionId'));
}
