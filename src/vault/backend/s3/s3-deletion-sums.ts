import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

const CHECKSUM_HEADERS = /^x-amz-(?:sdk-)?checksum/i;

interface Request {
  headers: Record<string, string>;
  body?: unknown;
}

const SUMMED = new Set(['DeleteObjectsCommand', 'PutObjectRetentionCommand']);

/**
 * Gives DeleteObjects, and what locks, the Content-MD5 that S3 wants with it. The SDK always sends a CRC-32 instead, also where checksums
 * are only for what requires them; servers that refuse those refuse to delete then.
 */
export function sumDeletionsAsBefore(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const request = args.request as Request;
        if (SUMMED.has(commandName ?? '') && typeof request.body === 'string') {
          for (const name of Object.keys(request.headers)) {
            if (CHECKSUM_HEADERS.test(name)) delete request.headers[name];
          }
          request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
        }
        return next(args);
      },
    // Behind what sums, before what signs.
    { step: 'build', priority: 'low', name: 'sumDeletionsAsBefore' },
  );
}
