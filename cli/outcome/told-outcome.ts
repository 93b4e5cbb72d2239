import {
  DeploymentEndedError,
  ExportNotCompletedError,
  GateClosedError,
  ItemRestoreNotCompletedError,
  NoAnswerError,
  RollbackNotCompletedError,
  SnapbackError,
  SnapshotNotCompletedError,
} from '../../sdk/typescript/index.js';
import { EXIT } from './exit-codes.js';
import type { ExitCode } from './exit-codes.js';
import { OutcomeError } from './outcome-error.js';

/** What a person, or a program, is told of an end that was not the wanted one. */
export interface ToldOutcome {
  exitCode: ExitCode;
  /** The stable name of the problem, where the service has one. */
  code?: string;
  sentence: string;
  /** What to do next, where that is a command. */
  nextStep?: string;
  /** Under which the service has logged the request. */
  requestId?: string;
}

/** By code of the problem: the command that helps. What the sentence of the service says already is not said again. */
const NEXT_STEPS: Record<string, string> = {
  unauthenticated: 'Log in again with "snapback login".',
  'permission-missing': 'Ask for a token with that permission, and log in with it.',
  'environment-busy': 'See what runs with "snapback operations list", or look on with "snapback watch".',
  'snapshot-pinned': 'Unpin it with "snapback snapshot unpin".',
  'snapshot-in-use': 'See what uses it with "snapback operations list".',
  'rollback-refused': 'See all of it with "snapback rollback plan".',
  'plan-changed': 'Look at the plan again with "snapback rollback plan".',
  'environment-has-snapshots': 'Say what becomes of them with "--delete-snapshots".',
  'kept-state-present': 'See what is kept with "snapback env show".',
  'idempotency-key-reused': 'Give it another --key.',
  'too-many-requests': 'Wait, and try again.',
};

/** Codes of OpenSSL: who has signed the certificate of a service is nobody that is known. */
const UNKNOWN_AUTHORITY = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
];

/** Problems of what was asked, and not of the state of things. */
const USAGE = ['validation-failed', 'malformed-json', 'malformed-request', 'idempotency-key-reused'];
/** Answers that say no, and have changed nothing. */
const REFUSALS = [401, 403, 409, 412];

/** What was waited for has come to another end. */
const NOT_COMPLETED = [
  SnapshotNotCompletedError,
  RollbackNotCompletedError,
  ItemRestoreNotCompletedError,
  ExportNotCompletedError,
];

/** What to say of anything that was thrown. Faults of this program are returned as they are, undefined, and keep their trace. */
export function toldOutcome(error: unknown): ToldOutcome | undefined {
  if (error instanceof OutcomeError) {
    return { ...ofCause(error.cause), exitCode: error.exitCode, sentence: error.message };
  }
  if (error instanceof GateClosedError || error instanceof DeploymentEndedError) {
    return { exitCode: EXIT.refused, sentence: error.message };
  }
  if (NOT_COMPLETED.some((kind) => error instanceof kind)) {
    const { code, message } = error as SnapbackError;
    return { exitCode: EXIT.failed, ...(code !== undefined && { code }), sentence: message };
  }
  if (error instanceof NoAnswerError) return ofSilence(error);
  if (error instanceof SnapbackError) return ofProblem(error);
  return undefined;
}

/** What is behind a sentence of this program stays known to programs, and in the log of the service. */
function ofCause(cause: unknown): Pick<ToldOutcome, 'code' | 'requestId'> {
  const told = cause instanceof SnapbackError ? toldOutcome(cause) : undefined;
  return {
    ...(told?.code !== undefined && { code: told.code }),
    ...(told?.requestId !== undefined && { requestId: told.requestId }),
  };
}

function ofProblem(error: SnapbackError): ToldOutcome {
  const { code, requestId, status } = error;
  const nextStep = code === undefined ? undefined : NEXT_STEPS[code];
  return {
    exitCode: exitCodeOf(code, status),
    ...(code !== undefined && { code }),
    sentence: error.detail,
    ...(nextStep !== undefined && { nextStep }),
    // Of use where the log has to be read: what is refused is understood without.
    ...(requestId !== undefined && (status ?? 0) >= 500 && { requestId }),
  };
}

function exitCodeOf(code: string | undefined, status: number | undefined): ExitCode {
  if (code !== undefined && USAGE.includes(code)) return EXIT.usage;
  if (code === 'not-found') return EXIT.notFound;
  return status !== undefined && REFUSALS.includes(status) ? EXIT.refused : EXIT.failed;
}

function ofSilence(error: NoAnswerError): ToldOutcome {
  const reason = reasonOf(error.cause);
  const said = error.message.replace(/\.$/, '');
  const why = reason === undefined ? '' : `: ${reason.message.replace(/\.$/, '')}`;
  const unknown = error.outcomeUnknown ? ' It may have been done all the same; look before you ask for it again.' : '';
  return {
    exitCode: EXIT.failed,
    sentence: `${said}${why}.${unknown}`,
    nextStep: stepAfter(reason),
  };
}

function stepAfter(reason: NodeJS.ErrnoException | undefined): string {
  if (UNKNOWN_AUTHORITY.includes(reason?.code ?? ''))
    return 'Say which authority it is of: snapback login --ca-file FILE, or SNAPBACK_CA_FILE.';
  if (/^Proxy .*\b407\b/.test(reason?.message ?? ''))
    return 'Give the proxy its name and password: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT.';
  return 'See which service that is with "snapback context show".';
}

/** The innermost error of a failed connection, as "connect ECONNREFUSED 127.0.0.1:3000". */
function reasonOf(cause: unknown): NodeJS.ErrnoException | undefined {
  let reason: Error | undefined;
  for (let error = cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
    const told = first instanceof Error ? first : error;
    if (told.message !== '') reason = told;
  }
  return reason;
}
