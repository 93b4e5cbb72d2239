import type { Finding } from '../contract/generated/types.gen.js';
import { Problem } from '../errors/problem.js';
import type { ProblemCode } from '../errors/problem.js';

const REACHED: ReadonlySet<ProblemCode> = new Set(['quota-snapshots-reached', 'quota-stored-bytes-reached']);

/** For those who can do without the snapshot that a quota refused: what there is to say of it. Throws every other error again. */
export function refusedByQuota(error: unknown): Finding {
  if (error instanceof Problem && REACHED.has(error.code)) return { code: error.code, message: error.detail };
  throw error;
}
