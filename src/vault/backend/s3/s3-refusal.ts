import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { isBackendError } from '../backend-error.js';
import { isConditionFailed, lacking } from './s3-errors.js';
import { createS3Client, DEFAULT_CHECKSUMS, type S3BackendOptions } from './s3-options.js';

/**
 * Finds out why a small upload was refused, since few servers name what they do not know: it is sent once more without
 * checksums, and what that stores is removed again. Resolves to the error to throw: the given one unless it can be said better.
 */
export async function explainS3Refusal(
  options: S3BackendOptions,
  target: { Bucket: string; Key: string },
  body: Buffer,
  error: unknown,
): Promise<unknown> {
  if (!isBackendError(error, 'denied') || (error.lacks !== undefined && error.lacks !== 'operation')) return error;
  const { checksums = DEFAULT_CHECKSUMS, bucket } = options;
  if (checksums === 'when_supported' && (await isStoredWithoutChecksums(options, target, body))) {
    return lacking(bucket, target.Key, 'checksums', error.cause);
  }
  // Nothing else about such an upload is out of the ordinary.
  return error.lacks === undefined ? error : lacking(bucket, target.Key, 'conditional-writes', error.cause);
}

async function isStoredWithoutChecksums(
  options: S3BackendOptions,
  target: { Bucket: string; Key: string },
  Body: Buffer,
): Promise<boolean> {
  const client = createS3Client({ ...options, checksums: 'when_required' });
  try {
    await client.send(new PutObjectCommand({ ...target, Body, ContentLength: Body.length, IfNoneMatch: '*' }));
    await client.send(new DeleteObjectCommand(target)).catch(() => undefined);
    return true;
  } catch (error) {
    return isConditionFailed(error);
  } finally {
    client.destroy();
  }
}
