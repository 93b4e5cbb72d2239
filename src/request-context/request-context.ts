import { AsyncLocalStorage } from 'node:async_hooks';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';

/** A request that is being handled, as far as is known by now. */
export interface RequestContext {
  readonly requestId: string;
  /** Where it comes from: behind a proxy that is trusted, what that says. Null for what is no address. */
  readonly address: string | null;
  /** The program that sent it, as the log has it. */
  readonly userAgent: string | null;
  /** The operation of the contract that it asks for. */
  operation?: string;
  /** Who asks: `sub` and `org` of the token, once that has been checked. */
  subject?: string;
  organization?: string;
  /** The trace it belongs to, and its own span there: where traces are made, or the caller has named one. */
  traceId?: string;
  spanId?: string;
}

/** What the service does by itself: a job, the keeper, the daily run. */
interface OwnWork {
  readonly work: string;
}

export type ActorKind = 'caller' | 'system' | 'operator';

/** On whose behalf something happens, and what is known of the request that asked for it. */
export interface Acting {
  actor: string;
  actorKind: ActorKind;
  /** Null: whoever acts belongs to none. */
  organization: string | null;
  operation: string | null;
  requestId: string | null;
  address: string | null;
  userAgent: string | null;
}

const NOBODY = { organization: null, operation: null, requestId: null, address: null, userAgent: null };

const storage = new AsyncLocalStorage<RequestContext | OwnWork>();

/** By what came over the line: for those who are called when nothing is done for a request any more, as the line of its end is. */
const byMessage = new WeakMap<object, RequestContext>();

/** Handles a request: whatever is done for it, now or later, finds it by `presentRequest` and `whoActs`. */
export function withinRequest<T>(request: RequestContext, handle: () => T, message?: object): T {
  if (message !== undefined) byMessage.set(message, request);
  return storage.run(request, handle);
}

/** The request that this message of Node's was, if it was given to `withinRequest`. */
export function requestOf(message: object): RequestContext | undefined {
  return byMessage.get(message);
}

/** The same for what the service does by itself, for nobody who asks: `retention`, `snapshot.capture`. */
export function onOwnAccount<T>(work: string, handle: () => T): T {
  return storage.run({ work }, handle);
}

/** For what only happens to begin while a request is handled, and goes on for others: a timer, a loop. It belongs to no trace either. */
export function forNobody<T>(handle: () => T): T {
  return storage.exit(() => context.with(ROOT_CONTEXT, handle));
}

/** The request in whose handling this is called. */
export function presentRequest(): RequestContext | undefined {
  const store = storage.getStore();
  return store !== undefined && 'requestId' in store ? store : undefined;
}

/** Who acts here: the caller of the request, or `system:` and what the service is at. */
export function whoActs(): Acting {
  const store = storage.getStore();
  if (store === undefined || !('requestId' in store)) {
    return { ...NOBODY, actor: `system:${store?.work ?? 'service'}`, actorKind: 'system' };
  }
  const { subject, organization = null, operation = null, requestId, address, userAgent } = store;
  const told = { organization, operation, requestId, address, userAgent };
  // Without a token there is nobody: `anonymous` may do nothing, and be refused.
  return { ...told, actor: subject ?? 'anonymous', actorKind: 'caller' };
}
