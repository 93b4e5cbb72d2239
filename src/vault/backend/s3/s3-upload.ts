import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CompletedPart,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ObjectSource } from '../backend.js';
import { BackendError } from '../backend-error.js';
import { inParts } from '../object-source.js';
import { retrying, type RetryOptions } from '../wrappers/retry.js';
import { checksumOf, MAX_PARTS, type S3Checksums } from './s3-options.js';

export interface UploadTarget {
  client: S3Client;
  bucket: string;
  /** In the bucket, prefix included. */
  key: string;
  partBytes: number;
  concurrency: number;
  checksums: S3Checksums;
  /** Runs a request and turns what it throws into a `BackendError`. */
  ask: <T>(request: Promise<T>) => Promise<T>;
}

/** A part is cheap to send again, and the whole object is not; what goes on for longer is the retrying wrapper's. */
const PART_RETRIES: RetryOptions = { maxAttempts: 3, baseDelayMs: 50, maxDelayMs: 500 };

/**
 * Uploads an object in parts and makes it visible, unless its key is taken by then. `complete` runs the request that does so
 * and resolves to whether it was this one that stored the object. If not, the upload is aborted, parts and all.
 */
export async function uploadInParts(
  target: UploadTarget,
  object: ObjectSource,
  complete: (request: () => Promise<unknown>) => Promise<boolean>,
): Promise<void> {
  const { client, bucket: Bucket, key: Key, ask } = target;
  const checksum = checksumOf(target.checksums);
  const { UploadId } = await ask(client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...checksum })));
  if (UploadId === undefined) {
    throw new BackendError('unavailable', `The bucket ${Bucket} began an upload of ${Key} without naming it.`);
  }
  let stored = false;
  try {
    const Parts = await uploadParts(target, object, UploadId);
    const command = { Bucket, Key, UploadId, MultipartUpload: { Parts }, IfNoneMatch: '*' };
    stored = await complete(() => client.send(new CompleteMultipartUploadCommand(command)));
  } finally {
    // Parts of an upload that nobody ends cost money for ever. What cannot be aborted now is left to removeUnfinished().
    if (!stored) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => undefined);
  }
}

async function uploadParts(target: UploadTarget, object: ObjectSource, UploadId: string): Promise<CompletedPart[]> {
  const partBytes = Math.max(target.partBytes, Math.ceil(object.bytes / MAX_PARTS));
  const done: CompletedPart[] = [];
  const underWay = new Set<Promise<void>>();
  const stop = new AbortController();
  let number = 0;
  try {
    for await (const part of inParts(object, partBytes)) {
      number += 1;
      const PartNumber = number;
      const upload = uploadPart(target, UploadId, PartNumber, part, stop.signal).then((completed) => {
        done[PartNumber - 1] = completed;
        underWay.delete(upload);
      });
      underWay.add(upload);
      // The failure is thrown by the race or by all() below; nobody else may have looked at it by then.
      upload.catch(() => undefined);
      if (underWay.size >= target.concurrency) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    return done;
  } finally {
    // A part that arrives after the upload was aborted would stay.
    stop.abort();
    await Promise.allSettled(underWay);
  }
}

async function uploadPart(
  target: UploadTarget,
  UploadId: string,
  PartNumber: number,
  Body: Buffer,
  abortSignal: AbortSignal,
): Promise<CompletedPart> {
  const { client, bucket: Bucket, key: Key, ask } = target;
  const command = { Bucket, Key, UploadId, PartNumber, Body };
  const checksum = checksumOf(target.checksums);
  const answer = await retrying({ ...PART_RETRIES, signal: abortSignal }, () =>
    ask(client.send(new UploadPartCommand({ ...command, ...checksum }), { abortSignal })),
  );
  const { ETag, ChecksumCRC32 } = answer;
  if (ETag === undefined)
    throw new BackendError('unavailable', `The bucket ${Bucket} took a part of ${Key} without naming it.`);
  return { PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) };
}
