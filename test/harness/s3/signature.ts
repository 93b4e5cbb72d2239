import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Failure } from './s3-failure.js';

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

const MAX_SKEW_MS = 15 * 60_000;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Signed must be at least these, or somebody on the way could change what the request means. */
const MUST_BE_SIGNED = ['host', 'x-amz-date', 'x-amz-content-sha256'];

/** Throws `S3Failure` unless the request carries a valid signature of version 4 in its Authorization header. */
export function checkSignature(request: IncomingMessage, credentials: S3Credentials): void {
  const match = AUTHORIZATION.exec(request.headers.authorization ?? '');
  if (match === null) throw new S3Failure('AccessDenied', 403, 'The request is not signed.');
  const [, accessKeyId = '', day = '', region = '', names = '', signature = ''] = match;
  if (accessKeyId !== credentials.accessKeyId) throw new S3Failure('InvalidAccessKeyId', 403);
  const date = header(request, 'x-amz-date');
  checkTime(date, day);
  const signed = names.split(';');
  if (MUST_BE_SIGNED.some((name) => !signed.includes(name))) throw new S3Failure('AccessDenied', 403);

  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonicalRequest(request, signed))].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${credentials.secretAccessKey}`);
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))) {
    throw new S3Failure('SignatureDoesNotMatch', 403);
  }
}

function canonicalRequest(request: IncomingMessage, signed: string[]): string {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const pairs = query.split('&').filter(Boolean);
  const canonicalQuery = pairs.map((pair) => (pair.includes('=') ? pair : `${pair}=`)).toSorted();
  const headers = signed.map((name) => `${name}:${header(request, name).trim().replace(/ +/g, ' ')}\n`);
  return [
    request.method,
    path,
    canonicalQuery.join('&'),
    headers.join(''),
    signed.join(';'),
    header(request, 'x-amz-content-sha256'),
  ].join('\n');
}

function checkTime(date: string, day: string): void {
  const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
  if (!date.startsWith(day) || !(Math.abs(Date.now() - time) < MAX_SKEW_MS)) {
    throw new S3Failure('RequestTimeTooSkewed', 403);
  }
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function hmac(key: Buffer | string, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
