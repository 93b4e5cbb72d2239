import { errorOf } from '../errors/error-of.js';
import type { Client } from '../generated/client/index.js';
import { freshKey } from './fresh-key.js';
import { retryingFetch } from './retrying-fetch.js';
import type { RetryPolicy } from './retrying-fetch.js';
import { rememberTag } from './tags.js';

/** Of each call. */
export interface CallOptions extends Partial<RetryPolicy> {
  /** Cancels the call; its reason is thrown. */
  signal?: AbortSignal;
}

/** Of calls that start work. */
export interface StartOptions extends CallOptions {
  /**
   * The same request with the same key does the work once. A fresh one is chosen when none is given, so that the call may be repeated when the
   * network loses its answer; give one that outlasts your process when the process may be repeated.
   */
  idempotencyKey?: string;
}

/** Of lists. */
export interface ListOptions extends CallOptions {
  /** How many items are asked for at a time; the service's own number, unless told. */
  pageSize?: number;
}

/** By what a list can be narrowed down. */
export type Filters<D extends { query?: object }> = Omit<NonNullable<D['query']>, 'limit' | 'offset' | 'cursor'>;

/** Of views. */
export interface ViewOptions extends CallOptions {
  /** The tag of what is known already (`tagOf`): undefined is returned when nothing has changed. */
  ifNoneMatch?: string;
}

/** Of changes. */
export interface ChangeOptions extends CallOptions {
  /** The tag of what the change is about (`tagOf`): refused with `precondition-failed` when somebody has changed it since. */
  ifMatch?: string;
}

/** What a view returns: undefined only for those who said what they know. */
export type Viewed<T, O> = O extends { ifNoneMatch: string } ? T | undefined : T;

/** What generated operations take besides what they are about. */
export interface Means {
  client: Client;
  fetch: typeof fetch;
  signal?: AbortSignal;
}

interface Answered<T> {
  data?: T;
  error?: unknown;
  request?: Request;
  response?: Response;
}

/** Makes calls with one client under one policy. */
export class Calls {
  constructor(
    readonly client: Client,
    private readonly send: typeof fetch,
    private readonly policy: RetryPolicy,
  ) {}

  /** What the operation returns. */
  async run<T>(operation: (means: Means) => Promise<Answered<T>>, options: CallOptions = {}): Promise<T> {
    return (await this.answerOf(operation, options, {})) as T;
  }

  /** Under a key of its own, unless it has one. */
  async start<T>(operation: (means: Means) => Promise<Answered<T>>, options: StartOptions = {}): Promise<T> {
    const { idempotencyKey = freshKey(), ...rest } = options;
    return (await this.answerOf(operation, rest, { 'Idempotency-Key': idempotencyKey })) as T;
  }

  async view<T, O extends ViewOptions>(
    operation: (means: Means) => Promise<Answered<T>>,
    options?: O,
  ): Promise<Viewed<T, O>> {
    const tag = options?.ifNoneMatch;
    const answer = await this.answerOf(operation, options ?? {}, tag === undefined ? {} : { 'If-None-Match': tag });
    return answer as Viewed<T, O>;
  }

  async change<T>(operation: (means: Means) => Promise<Answered<T>>, options: ChangeOptions = {}): Promise<T> {
    const { ifMatch, ...rest } = options;
    return (await this.answerOf(operation, rest, ifMatch === undefined ? {} : { 'If-Match': ifMatch })) as T;
  }

  /** An operation whose answer says no more than that it was done. */
  async do(operation: (means: Means) => Promise<Answered<unknown>>, options?: ChangeOptions): Promise<void> {
    await this.change(operation, options);
  }

  private async answerOf<T>(
    operation: (means: Means) => Promise<Answered<T>>,
    { signal, ...policy }: CallOptions,
    headers: Record<string, string>,
  ): Promise<T | undefined> {
    const fetch = retryingFetch(this.send, { ...this.policy, ...given(policy) }, headers);
    const answer = await operation({ client: this.client, fetch, ...(signal && { signal }) });
    const { data, error, response, request } = answer;
    if (response?.status === 304) return undefined;
    if (error !== undefined) throw errorOf(error, response, request);
    if (response !== undefined && !isOwn(response)) throw errorOf(new Error('It is no JSON.'), response, request);
    rememberTag(data, response?.headers.get('etag'));
    return data;
  }
}

/** A page is that of whatever stands before the service, or in its place. */
function isOwn({ status, headers }: Response): boolean {
  return status === 204 || /^application\/([^;]+\+)?json\b/.test(headers.get('content-type') ?? '');
}

function given({ timeoutMs, attempts }: Partial<RetryPolicy>): Partial<RetryPolicy> {
  return { ...(timeoutMs !== undefined && { timeoutMs }), ...(attempts !== undefined && { attempts }) };
}
