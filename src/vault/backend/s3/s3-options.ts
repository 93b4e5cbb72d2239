import { S3Client } from '@aws-sdk/client-s3';
import { sumDeletionsAsBefore } from './s3-deletion-sums.js';

export interface S3BackendOptions {
  bucket: string;
  /** Default `us-east-1`, which most servers that are not Amazon's expect. */
  region?: string;
  /** The server's URL; without it, Amazon's of the region. */
  endpoint?: string;
  /** Ask for `endpoint/bucket/key` rather than `bucket.endpoint/key`. Default: true when there is an endpoint. */
  pathStyle?: boolean;
  /** All keys lie below it in the bucket; slashes around it do not matter. Default: none. */
  prefix?: string;
  /** Default: the SDK's chain (environment, shared files, container and instance roles). */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Objects up to this size are stored by one request, larger ones in parts of it. 5 MiB to 5 GiB, default 8 MiB. */
  partBytes?: number;
  /** Parts of one object under way at a time, default 3. A put holds `(partConcurrency + 1) * partBytes` in memory. */
  partConcurrency?: number;
  /** How long a connection may take to come about, default 5,000. */
  connectTimeoutMs?: number;
  /** How long a connection may be silent, default 30,000: the server's thinking and a reader's pauses included. */
  idleTimeoutMs?: number;
  /** Connections at a time, default 32. More requests wait. */
  maxConnections?: number;
  checksums?: S3Checksums;
  /** Default: nothing is locked. */
  lock?: S3LockOptions;
}

export interface S3LockOptions {
  days: number;
  /** Of what is not locked yet: `governance` can be taken off by whoever has the permission for it, `compliance` by nobody. */
  mode: 'governance' | 'compliance';
}

/**
 * `when_supported` (default): a CRC-32 goes with every upload. `when_required`: nothing of the kind is sent, and Content-MD5
 * where S3 has always wanted it; some servers refuse what is newer. SHA-256 of a body is signed anyway.
 */
export type S3Checksums = 'when_supported' | 'when_required';

export const DEFAULT_CHECKSUMS: S3Checksums = 'when_supported';

export const DEFAULT_PART_BYTES = 8 * 1024 * 1024;
export const DEFAULT_PART_CONCURRENCY = 3;

/** What Amazon and its followers allow. */
export const MIN_PART_BYTES = 5 * 1024 * 1024;
export const MAX_PARTS = 10_000;

export function createS3Client(options: S3BackendOptions): S3Client {
  const agent = { keepAlive: true, maxSockets: options.maxConnections ?? 32 };
  const checksums = options.checksums ?? DEFAULT_CHECKSUMS;
  const client = new S3Client({
    region: options.region ?? 'us-east-1',
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    forcePathStyle: options.pathStyle ?? options.endpoint !== undefined,
    // Retrying is a wrapper's business: two of them, one in the other, multiply.
    maxAttempts: 1,
    // Every upload on a connection of its own costs more than a refused body.
    expectContinueHeader: false,
    requestChecksumCalculation: checksums === 'when_supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED',
    // Either way: what is read is checked against its SHA-256 by the vault; a range has no checksum to compare with.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs ?? 5_000,
      socketTimeout: options.idleTimeoutMs ?? 30_000,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  if (checksums === 'when_required') sumDeletionsAsBefore(client);
  return client;
}

/** What an upload is told to send along. */
export function checksumOf(checksums: S3Checksums): { ChecksumAlgorithm?: 'CRC32' } {
  return checksums === 'when_supported' ? { ChecksumAlgorithm: 'CRC32' } : {};
}

/** The beginning of all keys in the bucket: empty, or ending with a slash. */
export function bucketPrefix(options: S3BackendOptions): string {
  const prefix = (options.prefix ?? '').replace(/^\/+|\/+$/g, '');
  return prefix === '' ? '' : `${prefix}/`;
}
