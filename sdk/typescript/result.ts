import { errorOf } from './errors/error-of.js';

interface Answered {
  data?: unknown;
  error?: unknown;
  request?: Request;
  response?: Response;
}

/** What a generated operation returned, or a `SnapbackError`: `const snapshot = await result(snapshotView(…))`. */
export async function result<R extends Answered>(call: Promise<R>): Promise<Exclude<R['data'], undefined>> {
  const { data, error, response, request } = await call;
  if (error === undefined) return data as Exclude<R['data'], undefined>;
  throw errorOf(error, response, request);
}
