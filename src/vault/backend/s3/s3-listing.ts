import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ListedObject } from '../backend.js';
import { BackendError } from '../backend-error.js';
import { isObjectKey } from '../object-key.js';

export interface BucketListing {
  client: S3Client;
  bucket: string;
  /** What all keys in the bucket begin with and callers do not see. */
  root: string;
  /** Runs a request and turns what it throws into a `BackendError`. */
  ask: <T>(request: Promise<T>) => Promise<T>;
}

/** The objects of a bucket, page by page, in the order of their keys. */
export async function* listBucket(
  { client, bucket, root, ask }: BucketListing,
  prefix: string,
  after: string,
): AsyncGenerator<ListedObject> {
  const start = after === '' ? {} : { StartAfter: root + after };
  let token: string | undefined;
  let last = '';
  do {
    const page = token === undefined ? start : { ContinuationToken: token };
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: root + prefix, ...page });
    const { Contents = [], IsTruncated, NextContinuationToken } = await ask(client.send(command));
    for (const { Key, Size, LastModified } of Contents) {
      const key = Key?.slice(root.length) ?? '';
      if (!isObjectKey(key)) continue;
      if (key <= last || Size === undefined || LastModified === undefined) throw disorder(bucket, key);
      last = key;
      yield { key, bytes: Size, modifiedAt: LastModified };
    }
    // A list that is said to go on and does not say where must not look complete.
    if (IsTruncated === true && NextContinuationToken === undefined) throw disorder(bucket, last);
    token = IsTruncated === true ? NextContinuationToken : undefined;
  } while (token !== undefined);
}

/** Aborts our own multipart uploads that were begun before a time. Resolves to their number. */
export async function abortUploads(
  { client, bucket, root, ask }: BucketListing,
  olderThan: Date,
  isOurs: (key: string) => boolean,
): Promise<number> {
  let aborted = 0;
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (marker !== undefined) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      Bucket: bucket,
      Prefix: root,
      ...marker,
    });
    const page = await ask(client.send(command));
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined || Initiated >= olderThan) continue;
      // Without a prefix, and with servers that do not heed it, the list is of everybody's uploads.
      if (!Key.startsWith(root) || !isOurs(Key.slice(root.length))) continue;
      await ask(client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })).catch(unlessEnded));
      aborted += 1;
    }
    marker =
      page.IsTruncated === true && page.NextKeyMarker !== undefined
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker ?? '' }
        : undefined;
  }
  return aborted;
}

/** Its writer has finished or aborted it in this moment. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof Error && error.name === 'NoSuchUpload')) throw error;
}

function disorder(bucket: string, key: string): BackendError {
  return new BackendError(
    'unavailable',
    `The bucket ${bucket} lists its objects incompletely or out of order (at "${key}"). Such a listing cannot be used.`,
  );
}
