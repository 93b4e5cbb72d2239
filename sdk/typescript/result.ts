import type { Problem } from './generated/types.gen.js';

/** The service refused a request, or could not be reached. */
export class SnapbackError extends Error {
  constructor(
    /** What the service says; undefined when it did not answer. */
    readonly problem: Problem | undefined,
    options?: { cause?: unknown },
  ) {
    super(problem?.detail ?? 'The service did not answer.', options);
    this.name = 'SnapbackError';
  }

  /** The stable name of the problem. */
  get code(): Problem['code'] | 'no-answer' {
    return this.problem?.code ?? 'no-answer';
  }
}

/** What an operation returned, or a `SnapbackError`: `const snapshot = await result(snapshotView(…))`. */
export async function result<R extends { data?: unknown; error?: unknown }>(
  call: Promise<R>,
): Promise<Exclude<R['data'], undefined>> {
  const { data, error } = await call;
  if (error === undefined) return data as Exclude<R['data'], undefined>;
  throw isProblem(error) ? new SnapbackError(error) : new SnapbackError(undefined, { cause: error });
}

/** Whether it is what the service says, and not what stands before it. */
export function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'code' in error && 'detail' in error;
}
