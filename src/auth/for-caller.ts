import type { Caller } from './caller.js';

/**
 * The methods a controller must have by the contract, each with the caller before what the request
 * holds. A handler that is missing, misnamed or of another shape does not compile.
 */
export type ForCaller<Methods> = {
  [Operation in keyof Methods]: Methods[Operation] extends (...request: infer Request) => infer Answer
    ? (caller: Caller, ...request: Filled<Request>) => Answer
    : never;
};

/** The validation of requests has filled in what may be left out. */
type Filled<Request> = Request extends unknown[] ? Required<Request> : never;
