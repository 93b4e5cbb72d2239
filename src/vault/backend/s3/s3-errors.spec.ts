import { describe, expect, it } from 'vitest';
import { toBatchError, toS3Error } from './s3-errors.js';

/** As the SDK throws it: with the whole exchange attached. */
const answered = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(`${name} happened`), {
    name,
    $metadata: { httpStatusCode, requestId: 'REQUEST' },
    $response: { headers: { authorization: 'SECRET' } },
    AWSAccessKeyId: 'SECRET',
  });

const broken = (code: string) => Object.assign(new Error(`${code} 10.0.0.1:443`), { code, syscall: 'connect' });

describe('what an S3 server says', () => {
  it.each([
    ['NoSuchKey', 404, 'missing'],
    ['NotFound', 404, 'missing'],
    ['NoSuchBucket', 404, 'denied'],
    ['InvalidRange', 416, 'truncated'],
    ['AccessDenied', 403, 'denied'],
    ['ExpiredToken', 400, 'denied'],
    ['PermanentRedirect', 301, 'denied'],
    ['NotImplemented', 501, 'denied'],
    ['SlowDown', 503, 'unavailable'],
    ['BadDigest', 400, 'unavailable'],
    ['RequestTimeout', 400, 'unavailable'],
    ['ConditionalRequestConflict', 409, 'unavailable'],
    ['Unknown', 502, 'unavailable'],
    ['Error', 200, 'unavailable'],
    ['Unknown', 507, 'disk-full'],
    ['QuotaExceeded', 403, 'disk-full'],
  ])('as %s, %i, is %s', (name, status, code) => {
    const error = toS3Error('bucket', 'some/key', answered(name, status)) as Error;
    expect(error).toMatchObject({ code });
    expect(String(error.cause)).toContain(`${status}, REQUEST`);
    expect(JSON.stringify(error.cause, Object.getOwnPropertyNames(error.cause))).not.toContain('SECRET');
  });

  it.each([
    ['ECONNRESET', 'unavailable'],
    ['EAI_AGAIN', 'unavailable'],
    ['CERT_HAS_EXPIRED', 'denied'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'denied'],
  ])('in a connection that ends with %s is %s', (errno, code) => {
    expect(toS3Error('bucket', 'key', broken(errno))).toMatchObject({ code });
  });

  it('for a single key of many counts too', () => {
    expect(toBatchError('bucket', 'keys', { Code: 'AccessDenied' })).toMatchObject({ code: 'denied' });
    expect(toBatchError('bucket', 'keys', { Code: 'InternalError' })).toMatchObject({ code: 'unavailable' });
    expect(toBatchError('bucket', 'keys', {})).toMatchObject({ code: 'unavailable' });
  });

  it('is not confused with a mistake of ours', () => {
    const mistake = new TypeError('undefined is not a function');
    expect(toS3Error('bucket', 'key', mistake)).toBe(mistake);
  });
});
