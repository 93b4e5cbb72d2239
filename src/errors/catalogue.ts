import type { FieldError, Finding, SnapshotStatus } from '../contract/generated/types.gen.js';
import { Problem } from './problem.js';

type Kind =
  | 'project'
  | 'environment'
  | 'snapshot'
  | 'deployment'
  | 'rollback'
  | 'operation'
  | 'webhook'
  | 'delivery'
  | 'item restore'
  | 'export';

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Whoever may not open a stream tries again after this: streams are closed at any time, and nobody knows when. */
const STREAM_RETRY_SECONDS = 10;

/** When a job of those that wait has begun, nobody knows; sooner is in vain, as a rule. */
const WAITING_RETRY_SECONDS = 30;

/** A download may end at any time. */
const DOWNLOAD_RETRY_SECONDS = 5;

const MANY_STREAMS = {
  caller: 'The caller has',
  organization: 'The organization has',
  process: 'The service has',
} as const;

/** Every error a caller can meet, and its sentence. One place, so that codes stay stable. */
export const errors = {
  malformedJson: (cause?: unknown) =>
    new Problem(
      'malformed-json',
      400,
      'Malformed JSON',
      'The request body is not valid JSON; correct it and send it again.',
      { cause },
    ),

  malformedRequest: () =>
    new Problem(
      'malformed-request',
      400,
      'Malformed request',
      'The request is not valid HTTP/1.1; correct it and send it on a new connection.',
    ),

  unauthenticated: (why: string, cause?: unknown) =>
    new Problem(
      'unauthenticated',
      401,
      'Not authenticated',
      `${why} Send a valid bearer token in the Authorization header.`,
      { cause },
    ),

  /** The same code for people, who know of no header. */
  signInRefused: (why: string) => new Problem('unauthenticated', 401, 'Not authenticated', why),

  permissionMissing: (permission: string) =>
    new Problem(
      'permission-missing',
      403,
      'Permission missing',
      `The token lacks the permission ${permission}; ask for one that has it.`,
    ),

  organizationRefused: () =>
    new Problem(
      'organization-refused',
      403,
      'Organization refused',
      'This service is for another organization than the token names; ask its operator (ORGANIZATION, TENANCY).',
    ),

  notFound: (kind: Kind, id: string) =>
    new Problem('not-found', 404, 'Not found', `There is no ${kind} ${id} that you may see.`),

  pathNotFound: (kind: string) =>
    new Problem(
      'not-found',
      404,
      'Not found',
      `The snapshot has no ${kind} at this path; list the directory above it.`,
    ),

  /** `fields`: those of the request that name them. */
  itemsNotFound: (fields: readonly string[]) =>
    new Problem(
      'not-found',
      404,
      'Not found',
      `The snapshot does not have what the request names as ${fields.join(', ')}; look what it has.`,
      { errors: fields.map((field) => ({ field, message: 'must be in the snapshot' })) },
    ),

  routeNotFound: (method: string, path: string) =>
    new Problem(
      'not-found',
      404,
      'Not found',
      `There is no operation ${method} ${path}; the operations are listed under /docs.`,
    ),

  methodNotAllowed: (method: string, path: string, allow: readonly string[]) =>
    new Problem(
      'method-not-allowed',
      405,
      'Method not allowed',
      `${path} has no ${method}; it has ${allow.join(', ')}.`,
      { allow },
    ),

  preconditionFailed: (kind: 'environment' | 'settings' | 'webhook') =>
    new Problem(
      'precondition-failed',
      412,
      'Precondition failed',
      `The ${kind} ${kind === 'settings' ? 'have' : 'has'} been changed since what If-Match names; read again, and decide anew.`,
    ),

  nameTaken: (kind: Kind, name: string) =>
    new Problem(
      'name-taken',
      409,
      'Name is taken',
      `There is already ${kind === 'environment' ? 'an' : 'a'} ${kind} named ${name}; choose another name.`,
    ),

  /** `by` is left out when the caller may not see it. */
  placeTaken: (what: string, by?: { id: string; name: string }) =>
    new Problem(
      'place-taken',
      409,
      'Place is taken',
      by === undefined
        ? `${what} is, or overlaps with, that of another environment of your organization; register each place once.`
        : `${what} is, or overlaps with, that of the environment ${by.name}; register each place once.`,
      by === undefined ? {} : { resource: { kind: 'environment', id: by.id } },
    ),

  projectNotEmpty: (environments: number) =>
    new Problem(
      'project-not-empty',
      409,
      'Project is not empty',
      `The project still has ${count(environments, 'environment')}; delete them first.`,
    ),

  environmentHasSnapshots: (snapshots: number) =>
    new Problem(
      'environment-has-snapshots',
      409,
      'Environment has snapshots',
      `The environment has ${count(snapshots, 'snapshot')}; delete them first, or repeat the request with ?snapshots=delete.`,
    ),

  environmentBusy: (kind: 'rollback' | 'snapshot' | 'item-restore', id: string) =>
    new Problem(
      'environment-busy',
      409,
      'Environment is busy',
      `The ${kind.replace('-', ' ')} ${id} is under way; wait for it to end.`,
      { resource: { kind, id } },
    ),

  noBase: (fullEveryDays: number) =>
    new Problem(
      'no-base',
      409,
      'No base',
      `The environment has no full snapshot of the last ${count(fullEveryDays, 'day')} that a differential could build on; take a full one.`,
    ),

  snapshotPinned: (id: string, label: string | null) =>
    new Problem(
      'snapshot-pinned',
      409,
      'Snapshot is pinned',
      `The snapshot is pinned${label === null ? '' : ` ('${label}')`}; unpin it first.`,
      {
        resource: { kind: 'snapshot', id },
      },
    ),

  snapshotLocked: (id: string, until: Date) =>
    new Problem(
      'snapshot-locked',
      409,
      'Snapshot is locked',
      `The vault's bucket keeps the snapshot locked until ${until.toISOString()}; nobody can delete it before then.`,
      {
        resource: { kind: 'snapshot', id },
      },
    ),

  snapshotIsBase: (differentials: number) =>
    new Problem(
      'snapshot-is-base',
      409,
      'Snapshot is a base',
      `${count(differentials, 'differential snapshot')} ${differentials === 1 ? 'builds' : 'build'} on this one; delete them first, or repeat the request with ?base=detach: they hold all they need.`,
    ),

  baseInUse: (differentialId: string) =>
    new Problem(
      'snapshot-is-base',
      409,
      'Snapshot is a base',
      `The differential snapshot ${differentialId} is being taken on this one; wait for its end, or cancel it.`,
      { resource: { kind: 'snapshot', id: differentialId } },
    ),

  snapshotStillWorking: (id: string, status: SnapshotStatus) =>
    new Problem('snapshot-in-use', 409, 'Snapshot is in use', `The snapshot is still ${status}; cancel it first.`, {
      resource: { kind: 'snapshot', id },
    }),

  snapshotUsedByRollback: (rollbackId: string) =>
    new Problem(
      'snapshot-in-use',
      409,
      'Snapshot is in use',
      `The rollback ${rollbackId} uses the snapshot; wait for it to end.`,
      {
        resource: { kind: 'rollback', id: rollbackId },
      },
    ),

  snapshotBeingTakenFrom: (itemRestoreId: string) =>
    new Problem(
      'snapshot-in-use',
      409,
      'Snapshot is in use',
      'Files or tables are being taken out of the snapshot; wait for that to end.',
      { resource: { kind: 'item-restore', id: itemRestoreId } },
    ),

  snapshotBeingExported: () =>
    new Problem('snapshot-in-use', 409, 'Snapshot is in use', 'The snapshot is being exported; wait for that to end.'),

  snapshotBeingVerified: (id: string) =>
    new Problem('snapshot-in-use', 409, 'Snapshot is in use', 'The snapshot is being verified; wait for that to end.', {
      resource: { kind: 'snapshot', id },
    }),

  notVerified: (snapshotId: string) =>
    new Problem('not-found', 404, 'Not found', `Nobody has verified the snapshot ${snapshotId}; verify it first.`),

  snapshotEnded: (status: SnapshotStatus) =>
    new Problem('snapshot-ended', 409, 'Snapshot has ended', `The snapshot is ${status}; there is nothing to cancel.`),

  snapshotDamaged: (id: string, cause?: unknown) =>
    new Problem(
      'snapshot-damaged',
      409,
      'Snapshot is damaged',
      'What the vault has of this snapshot is missing or damaged; use another one, and have the operator repair the vault.',
      { resource: { kind: 'snapshot', id }, cause },
    ),

  snapshotNotCompleted: (id: string, status: SnapshotStatus) =>
    new Problem(
      'snapshot-not-completed',
      409,
      'Snapshot is not completed',
      `The snapshot is ${status}; only a completed snapshot can be used.`,
      {
        resource: { kind: 'snapshot', id },
      },
    ),

  pinLimitReached: (maxPinned: number) =>
    new Problem(
      'pin-limit-reached',
      409,
      'Pin limit reached',
      maxPinned === 0
        ? 'The environment allows no pinned snapshots; raise its maxPinned.'
        : `The environment already has ${count(maxPinned, 'pinned snapshot')}, which is its maxPinned; unpin one or raise the setting.`,
    ),

  rollbackRefused: (reasons: Finding[]) =>
    new Problem(
      'rollback-refused',
      409,
      'Rollback refused',
      `The rollback was refused, nothing was changed: ${reasons.map((reason) => reason.message).join(' ')}`,
      { reasons },
    ),

  planChanged: (reasons: Finding[]) =>
    new Problem(
      'plan-changed',
      409,
      'Plan has changed',
      `The rollback is not what was planned, nothing was changed: ${reasons.map((reason) => reason.message).join(' ')}`,
      { reasons },
    ),

  undoUnavailable: (why: string, safetySnapshotId: string | null) =>
    new Problem(
      'undo-unavailable',
      409,
      'Undo is not available',
      safetySnapshotId === null ? why : `${why} The safety snapshot ${safetySnapshotId} can be rolled back to instead.`,
      safetySnapshotId === null ? {} : { resource: { kind: 'snapshot', id: safetySnapshotId } },
    ),

  rollbackNotCancellable: (why: string) =>
    new Problem('rollback-not-cancellable', 409, 'Rollback cannot be cancelled', why),

  webhookLimitReached: (limit: number) =>
    new Problem(
      'webhook-limit-reached',
      409,
      'Webhook limit reached',
      `The project already has ${count(limit, 'webhook')}, which is the limit; delete one first.`,
    ),

  webhookDisabled: () =>
    new Problem(
      'webhook-disabled',
      409,
      'Webhook is disabled',
      'The webhook is disabled, and is told nothing; enable it first.',
    ),

  exportRefused: (why: string) => new Problem('export-refused', 409, 'Export refused', why),

  operationRefused: (why: string) => new Problem('operation-refused', 409, 'Operation refused', why),

  keptStatePresent: (kind: 'rollback' | 'item-restore', id: string, why: string) =>
    new Problem(
      'kept-state-present',
      409,
      'A previous state is kept',
      `What the ${kind.replace('-', ' ')} ${id} keeps for an undo could not be removed; mend what is in the way and try again. ${why}`,
      { resource: { kind, id } },
    ),

  standbyPresent: (why: string) =>
    new Problem(
      'standby-present',
      409,
      'A standby is there',
      `The standby of the environment could not be removed; mend what is in the way and try again. ${why}`,
    ),

  deploymentFinished: (outcome: string) =>
    new Problem(
      'deployment-finished',
      409,
      'Deployment has finished',
      `The deployment has already ${outcome}; its outcome cannot be changed.`,
    ),

  gateNotOpen: (gate: string) =>
    new Problem(
      'gate-not-open',
      409,
      'Gate is not open',
      `The gate is ${gate}, so the deployment cannot have succeeded; ${gate === 'pending' ? 'wait for it, or finish' : 'finish'} with the outcome failed.`,
    ),

  requestTimeout: () =>
    new Problem(
      'request-timeout',
      408,
      'Request timeout',
      'The request did not arrive whole in time; send it again, faster, on a new connection.',
    ),

  payloadTooLarge: (limitBytes: number) =>
    new Problem(
      'payload-too-large',
      413,
      'Payload too large',
      `The request body is larger than ${limitBytes} bytes; send a smaller one.`,
    ),

  unsupportedMediaType: () =>
    new Problem('unsupported-media-type', 415, 'Unsupported media type', 'Send the body as application/json in UTF-8.'),

  validationFailed: (fields: FieldError[]) =>
    new Problem(
      'validation-failed',
      422,
      'Validation failed',
      `${fields.map((error) => `${error.field} ${error.message}`).join('; ')}.`,
      { errors: fields },
    ),

  idempotencyKeyReused: () =>
    new Problem(
      'idempotency-key-reused',
      422,
      'Idempotency key reused',
      'This Idempotency-Key was sent with another request before; choose a new one.',
    ),

  /** `whose` completes "There were more than 600 requests …". */
  tooManyRequests: (whose: string, limit: number, windowSeconds: number, retrySeconds: number) =>
    new Problem(
      'too-many-requests',
      429,
      'Too many requests',
      `There were more than ${count(limit, 'request')} ${whose} within ${count(windowSeconds, 'second')}; try again in ${count(retrySeconds, 'second')}.`,
      { retryAfterSeconds: retrySeconds },
    ),

  quotaEnvironmentsReached: (used: number, limit: number) =>
    new Problem(
      'quota-environments-reached',
      409,
      'Quota of environments reached',
      `The organization has ${count(used, 'environment')}, and may have ${limit}; delete one, or ask the operator for more.`,
    ),

  quotaSnapshotsReached: (used: number, limit: number) =>
    new Problem(
      'quota-snapshots-reached',
      409,
      'Quota of snapshots reached',
      `The organization has ${count(used, 'snapshot')}, and may have ${limit}; delete some, keep them for a shorter time, or ask the operator for more.`,
    ),

  quotaStoredBytesReached: (used: number, limit: number) =>
    new Problem(
      'quota-stored-bytes-reached',
      409,
      'Quota of stored bytes reached',
      `The snapshots of the organization take up ${used} bytes of the vault, and may take up ${limit}; delete some and wait until what they held is freed, or ask the operator for more.`,
    ),

  quotaWaitingJobsReached: (used: number, limit: number) =>
    new Problem(
      'quota-waiting-jobs-reached',
      429,
      'Quota of waiting jobs reached',
      `The organization has ${count(used, 'job')} waiting, and may have ${limit}; try again when some of them have begun.`,
      { retryAfterSeconds: WAITING_RETRY_SECONDS },
    ),

  headersTooLarge: (limitBytes: number) =>
    new Problem(
      'headers-too-large',
      431,
      'Headers too large',
      `The request line and headers are larger than ${limitBytes} bytes; send fewer or shorter ones.`,
    ),

  tooManyStreams: (whose: 'caller' | 'organization' | 'process', limit: number) =>
    new Problem(
      'too-many-streams',
      429,
      'Too many streams',
      `${MANY_STREAMS[whose]} ${count(limit, 'progress stream')} open, which is the limit; close one, or poll instead.`,
      { retryAfterSeconds: STREAM_RETRY_SECONDS },
    ),

  tooManyDownloads: (whose: 'caller' | 'organization' | 'process', limit: number) =>
    new Problem(
      'too-many-downloads',
      429,
      'Too many downloads',
      `${MANY_STREAMS[whose]} ${count(limit, 'download')} open, which is the limit; let one end first.`,
      { retryAfterSeconds: DOWNLOAD_RETRY_SECONDS },
    ),

  rangeNotSatisfiable: (bytes: number) =>
    new Problem(
      'range-not-satisfiable',
      416,
      'Range not satisfiable',
      `The file has ${count(bytes, 'byte')}; ask for a range that begins in it.`,
    ),

  environmentUnreachable: (why: string, cause?: unknown) =>
    new Problem('environment-unreachable', 503, 'Environment is unreachable', why, { cause }),

  serviceUnavailable: (why: string, cause?: unknown) =>
    new Problem('service-unavailable', 503, 'Service unavailable', `${why} Try again shortly.`, { cause }),

  internal: (cause?: unknown) =>
    new Problem(
      'internal-error',
      500,
      'Internal error',
      'Something went wrong on our side; the log has the details under the request id.',
      { cause },
    ),
};
