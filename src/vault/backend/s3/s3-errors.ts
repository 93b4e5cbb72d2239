import { BackendError, backendErrors, type StoreFeature } from '../backend-error.js';

/** The parts of what the SDK throws that are looked at. Everything else stays out of our errors: it may have headers. */
interface Failure {
  name: string;
  message: string;
  /** HTTP status; undefined when there was no answer. */
  status: number | undefined;
  requestId: string | undefined;
  /** The header that the server says it does not like, as some do. */
  header: string | undefined;
}

const MISSING = new Set(['NoSuchKey', 'NotFound']);

/** The bytes did not arrive as they were sent, or two writers met: the next attempt can succeed. */
const TRANSIENT = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'InternalError',
  'NoSuchUpload',
  'OperationAborted',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'ThrottlingException',
  'TooManyRequests',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
]);

const FULL = new Set(['InsufficientStorage', 'QuotaExceeded', 'XMinioStorageFull', 'InsufficientCapacity']);

/** Node's names for a connection that broke, and for a server that is not who it should be. */
const NETWORK = /^(E[A-Z]+|EAI_.*|ERR_S.*|EPROTO|HPE_.*)$/;
const CERTIFICATE = /CERT|^ERR_TLS|UNABLE_TO_/;

const HINTS: Record<string, string> = {
  AuthorizationHeaderMalformed: 'Check the region.',
  CredentialsProviderError:
    'No credentials were found; set them, or the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ExpiredToken: 'The session token has expired; set a new one.',
  InvalidAccessKeyId: 'Check the access key.',
  NoSuchBucket: 'The bucket does not exist; create it, or check its name and the endpoint.',
  PermanentRedirect: 'The bucket is in another region; check region and endpoint.',
  RequestTimeTooSkewed: "Check this machine's clock.",
  SignatureDoesNotMatch: 'Check the secret key.',
};

/** What a server refuses that is named in its answer, where it names one; otherwise the request has to tell. */
const CHECKSUM_HEADER = /x-amz-(?:sdk-)?checksum[a-z0-9-]*|x-amz-trailer|content-md5/i;
const CONDITION_HEADER = /if-none-match/i;

const LACKS: Record<StoreFeature, string> = {
  checksums:
    'The server does not know the checksums that are sent with every upload; set VAULT_S3_CHECKSUMS=when_required, and none is sent.',
  'conditional-writes':
    'The server does not know conditional writes (If-None-Match), without which two workers overwrite what the other one has stored; use one that does, or a newer version of it.',
  'object-lock':
    'Objects can only be locked in a bucket that has Object Lock, which brings versions with it: make one (create-bucket --object-lock-enabled-for-bucket), or switch it on for this one where the server can; or unset VAULT_S3_LOCK_DAYS, of a replica REPLICA_S3_LOCK_DAYS.',
  operation: 'The server cannot do this; use one that can, or a newer version of it.',
};

/** A refusal of what a server cannot do, whoever asks it. */
export function lacking(bucket: string, what: string, lacks: StoreFeature, cause: unknown): BackendError {
  const header = cause instanceof Error ? CHECKSUM_HEADER.exec(cause.message)?.[0] : undefined;
  const named = lacks === 'checksums' && header !== undefined ? ` with the header ${header.toLowerCase()}` : '';
  return new BackendError('denied', `The bucket ${bucket} refuses ${what}${named}. ${LACKS[lacks]}`, { cause, lacks });
}

/** Turns what the SDK threw while `what` was done to a bucket into a `BackendError`; mistakes in our own code stay as they are. */
export function toS3Error(bucket: string, what: string, error: unknown): unknown {
  const failure = failureOf(error);
  return failure === undefined ? error : toBackendError(bucket, what, failure);
}

/** For a bucket that is gone where the answer itself does not say so. */
export function noSuchBucket(bucket: string, what: string, cause: unknown): BackendError {
  return new BackendError('denied', `The bucket ${bucket} refuses ${what}. ${HINTS.NoSuchBucket}`, { cause });
}

/** The answer to a batch can report a failure for a single key. */
export function toBatchError(bucket: string, what: string, failed: { Code?: string; Message?: string }): BackendError {
  const { Code: name = 'InternalError', Message: message = '' } = failed;
  const status = TRANSIENT.has(name) ? 503 : 403;
  return toBackendError(bucket, what, { name, message, status, requestId: undefined, header: undefined });
}

function toBackendError(bucket: string, what: string, failure: Failure): BackendError {
  const options = { cause: causeOf(failure) };
  const { name, status = 0 } = failure;
  const hint = HINTS[name] ?? (CERTIFICATE.test(name) ? "Check the server's TLS certificate." : undefined);
  if (MISSING.has(name)) return backendErrors.missing(what, options.cause);
  if (name === 'InvalidRange' || status === 416) {
    return new BackendError('truncated', `The object ${what} is shorter than what was asked for.`, options);
  }
  if (FULL.has(name) || status === 507) {
    return new BackendError('disk-full', `The bucket ${bucket} is full (${name}). Free space there.`, options);
  }
  const lacks = hint === undefined && !TRANSIENT.has(name) ? lackOf(failure) : undefined;
  if (lacks !== undefined) return lacking(bucket, what, lacks, options.cause);
  if (hint === undefined && (TRANSIENT.has(name) || mayPass(status) || isUnreadable(failure))) {
    return new BackendError('unavailable', `The bucket ${bucket} could not be used for ${what} (${name}).`, options);
  }
  const advice = hint ?? 'Check the permissions of the credentials and the policy of the bucket.';
  return new BackendError('denied', `The bucket ${bucket} refuses ${what} (${name}). ${advice}`, options);
}

/** What the server cannot do, as far as its answer says so. */
function lackOf({ name, message, status = 0, header = '' }: Failure): StoreFeature | undefined {
  if (status < 400) return undefined;
  const said = `${name} ${message} ${header}`;
  if (CHECKSUM_HEADER.test(said)) return 'checksums';
  if (CONDITION_HEADER.test(said)) return 'conditional-writes';
  return name === 'NotImplemented' || status === 501 ? 'operation' : undefined;
}

/** Whether what has this status, 0 for no answer, can be different the next time. */
function mayPass(status: number): boolean {
  // 409: another writer was at it; the answer to HEAD has no name that would say so.
  return status === 0 || status === 408 || status === 409 || status === 429 || (status >= 500 && status !== 501);
}

/** An answer that says that all went well and cannot be understood: it was cut short on the way. */
function isUnreadable({ name, status = 0 }: Failure): boolean {
  return status >= 200 && status < 300 && ['Error', 'SyntaxError', 'TypeError'].includes(name);
}

/** Whether a conditional write found that the object is there already. */
export function isConditionFailed(error: unknown): boolean {
  return failureOf(error)?.name === 'PreconditionFailed';
}

/** What the SDK or the connection reports; undefined for anything else that was thrown. */
function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata, $response, code, syscall, Header } = error as Error & Record<string, unknown>;
  const answered = typeof $metadata === 'object' && $metadata !== null;
  const fromNetwork =
    typeof code === 'string' && (syscall !== undefined || NETWORK.test(code) || CERTIFICATE.test(code));
  const named = ['TimeoutError', 'AbortError', 'CredentialsProviderError'].includes(error.name);
  if (!answered && !fromNetwork && !named && $response === undefined) return undefined;
  const metadata = (answered ? $metadata : {}) as { httpStatusCode?: number; requestId?: string };
  return {
    name: fromNetwork && !answered ? String(code) : nameOf(error, metadata.httpStatusCode),
    message: error.message,
    status: metadata.httpStatusCode,
    requestId: metadata.requestId,
    header: typeof Header === 'string' ? Header : undefined,
  };
}

/** An answer to HEAD has no body and so no name; the SDK calls some of them `Unknown` or by their number. */
function nameOf(error: Error, status: number | undefined): string {
  if (status === 412) return 'PreconditionFailed';
  if (status === 404 && !['NoSuchBucket', 'NoSuchUpload'].includes(error.name)) return 'NoSuchKey';
  return error.name;
}

/** A new error, because the SDK's own carries the whole exchange, headers included, into any log. */
function causeOf({ name, message, status, requestId, header }: Failure): Error {
  const about = [header, status, requestId].filter((part) => part !== undefined).join(', ');
  return new Error(`${name}: ${message}${about === '' ? '' : ` (${about})`}`);
}
