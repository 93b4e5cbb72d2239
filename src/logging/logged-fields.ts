/**
 * The fields that a line of the log may have, beside its message and what pino adds. Another one is left out, and
 * its name is said under `omitted`, so that whoever misses it finds this list and thinks about it.
 */
const LOGGED_FIELDS: ReadonlySet<string> = new Set([
  // Of requests: see `logOptions`, which says what is logged of each.
  'req',
  'res',
  'err',
  'responseTime',
  // Who asked, and for what.
  'requestId',
  'caller',
  'organization',
  'operation',
  // The trace a line belongs to.
  'traceId',
  'spanId',
  // Who speaks, and of what.
  'context',
  'job',
  'data',
  'attempt',
  'tries',
  'projectId',
  'environmentId',
  'snapshotId',
  'snapshotIds',
  'verificationId',
  'itemRestoreId',
  'exportId',
  'deploymentId',
  'kind',
  'subject',
  'requestedBy',
  'by',
  'pool',
  // What was done.
  'durationMs',
  'bytes',
  'storedBytes',
  'entries',
  'head',
  'removed',
  'manifests',
  'removedObjects',
  'lockedPacks',
  'waitingPacks',
  'thorough',
  'removedBytes',
  // Of the replica.
  'packs',
  'lostObjects',
  'unknownSnapshots',
  'freedPacks',
  'outcome',
  'failure',
  'story',
  'openedAt',
  'database',
  'directory',
  'warnings',
]);

/** What serializers look after. */
const SERIALIZED: ReadonlySet<string> = new Set(['req', 'res', 'err']);

/** How many names `omitted` has at the most. */
const MOST_OMITTED = 20;

/** Of an object for the log the fields that may be logged, at any depth. */
export function loggedFields(fields: object): Record<string, unknown> {
  const logged: Record<string, unknown> = {};
  const omitted: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (SERIALIZED.has(name)) logged[name] = value;
    else if (LOGGED_FIELDS.has(name)) logged[name] = loggedValue(value);
    else if (omitted.length < MOST_OMITTED) omitted.push(name);
  }
  return omitted.length === 0 ? logged : { ...logged, omitted };
}

function loggedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loggedValue);
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) return loggedFields(value);
  return value;
}

/** A name of an error as drivers and Node give it, such as `ECONNREFUSED` or `23505`. */
const ERROR_CODE = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Of an error, as pino's own serializer has read it, what it says and where it comes from. Its other properties are
 * left out: drivers keep statements and their values there.
 */
export function loggedError(error: unknown): Record<string, unknown> {
  if (typeof error !== 'object' || error === null) return { type: typeof error };
  const { type, code, message, stack, aggregateErrors } = error as Record<string, unknown>;
  return {
    type,
    ...(typeof code === 'string' && ERROR_CODE.test(code) ? { code } : {}),
    message,
    stack,
    ...(Array.isArray(aggregateErrors) ? { aggregateErrors: aggregateErrors.map(loggedError) } : {}),
  };
}
