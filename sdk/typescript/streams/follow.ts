import { NoAnswerError, SnapbackError } from '../errors/snapback-error.js';
import { Deadline } from '../requests/deadline.js';
import { backoffMs, retryAfterMs } from '../requests/retry-after.js';
import { EventParser } from './event-parser.js';
import { IDLE_MS, SILENCE, unlessSilent } from './unless-silent.js';

export interface StreamOptions {
  /** Ends watching; its reason is thrown. */
  signal?: AbortSignal;
  /** How long nothing may come, not even a heartbeat, before the connection is given up and another one made. */
  idleMs?: number;
  /** For how long in a row no connection may come about before the reason for that is thrown. */
  reconnectMs?: number;
}

export interface StreamSource {
  /** Type of the events that are wanted; others are passed over. */
  type: string;
  /** The stream, or why there is none. Throws a `NoAnswerError` when nothing answers. */
  open(headers: Record<string, string>, signal: AbortSignal): Promise<Opened>;
  /** Whether another token can be had for the asking. */
  asksForTokens: boolean;
}

export type Opened = { body: ReadableStream<Uint8Array> } | { refused: unknown; headers: Headers };

/** An event, or that nothing was heard for as long as that may be. */
export type Heard<T> = { event: T } | { event: undefined };

const RECONNECT_MS = 60_000;

/**
 * The events of a stream up to its final one, across lost connections, restarts and expired tokens: it is opened again behind the last event that was
 * complete. Throws at once what will not get better by asking again.
 */
export async function* follow<T extends { final: boolean }>(
  source: StreamSource,
  { signal, idleMs = IDLE_MS, reconnectMs = RECONNECT_MS }: StreamOptions = {},
): AsyncGenerator<Heard<T>> {
  const state: Following = { lastEventId: undefined, failures: 0, heardAt: Date.now(), tokenRefused: false };
  for (;;) {
    const connection = new Deadline(Infinity, signal);
    let trouble: unknown;
    try {
      for await (const event of eventsOf<T>(source, connection, idleMs, state)) {
        yield { event };
        // Whoever looks at an event for long has heard of the stream meanwhile.
        state.heardAt = Date.now();
        if (event.final) return;
      }
      trouble = new NoAnswerError('The stream ended before its last event.');
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      trouble = error;
    } finally {
      // Whoever stops watching early leaves no connection open.
      connection.end();
    }
    if (trouble === SILENCE) yield { event: undefined };
    else await beforeNext(trouble, state, source, { signal, reconnectMs });
  }
}

interface Following {
  lastEventId: string | undefined;
  /** Openings in a row that brought nothing. */
  failures: number;
  heardAt: number;
  /** With the token function's last token, too. */
  tokenRefused: boolean;
}

/** One connection: the events of it that are wanted, and new. */
async function* eventsOf<T>(
  source: StreamSource,
  connection: Deadline,
  idleMs: number,
  state: Following,
): AsyncGenerator<T> {
  const headers: Record<string, string> = state.lastEventId === undefined ? {} : { 'Last-Event-ID': state.lastEventId };
  const opened = await unlessSilent(source.open(headers, connection.signal), connection, idleMs);
  if ('refused' in opened) throw new RefusedStream(opened.refused, retryAfterMs(opened.headers, Date.now()));
  const reader = opened.body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  for (;;) {
    const piece = reader.read().catch((cause: unknown) => Promise.reject(lost(cause)));
    const { done, value } = await unlessSilent(piece, connection, idleMs);
    if (done) return;
    const events = parser.push(decoder.decode(value, { stream: true }));
    // That a token has expired says nothing about the service, and may be said each time; a heartbeat does.
    if (events.length === 0 || events.some(({ type }) => type !== 'token-expired')) {
      Object.assign(state, { failures: 0, heardAt: Date.now(), tokenRefused: false });
    }
    for (const { type, id, data } of events) {
      const isNew = id === undefined || id !== state.lastEventId;
      state.lastEventId = id ?? state.lastEventId;
      if (type === source.type && isNew) yield parsed<T>(data);
    }
  }
}

/** Throws when it is of no use to open the stream again; waits for as long as it should be waited otherwise. */
async function beforeNext(
  trouble: unknown,
  state: Following,
  source: StreamSource,
  { signal, reconnectMs }: { signal: AbortSignal | undefined; reconnectMs: number },
): Promise<void> {
  const refused = trouble instanceof RefusedStream ? trouble : undefined;
  const error = refused === undefined ? trouble : refused.error;
  if (refused?.status === 401 && source.asksForTokens && !state.tokenRefused) {
    state.tokenRefused = true;
    return;
  }
  // What a token function throws is not the network's doing.
  if (refused === undefined ? !(error instanceof NoAnswerError) : !refused.mayPass) throw error;
  if (Date.now() - state.heardAt > reconnectMs) throw error;
  state.failures += 1;
  const waiting = new Deadline(Infinity, signal);
  await waiting.pause(Math.max(refused?.retryAfterMs ?? 0, backoffMs(state.failures))).finally(() => waiting.clear());
}

/** An answer that is no stream. */
class RefusedStream extends Error {
  constructor(
    readonly error: unknown,
    readonly retryAfterMs: number | undefined,
  ) {
    super('The stream was refused.');
  }

  get status(): number {
    return (this.error instanceof SnapbackError && this.error.status) || 500;
  }

  /** Whether it may be otherwise in a moment. A page in place of a stream is that of a proxy, while it starts. */
  get mayPass(): boolean {
    return this.status < 400 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

function lost(cause: unknown): NoAnswerError {
  return new NoAnswerError('The connection was lost.', { cause });
}

function parsed<T>(data: string): T {
  try {
    return JSON.parse(data) as T;
  } catch (cause) {
    throw new SnapbackError('An event cannot be read.', { cause });
  }
}
