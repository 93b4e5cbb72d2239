import type { Client } from './generated/client/index.js';
import { rollbackProgress, snapshotProgress, snapshotVerifyProgress } from './generated/sdk.gen.js';
import type { Problem, RollbackProgress, SnapshotProgress, VerificationProgress } from './generated/types.gen.js';
import { isProblem, SnapbackError } from './result.js';

/** How often in a row a stream may bring nothing before it is given up. */
const ATTEMPTS = 6;
/** How long to wait before a stream is opened again; doubled each time that brings nothing. */
const RETRY_MS = 250;
/** The longest time to wait because the service says so, in seconds. */
const LONGEST_RETRY_AFTER = 60;

/** The progress of a snapshot, from its present state to its final event, whatever happens to connections meanwhile. */
export function watchSnapshot(
  client: Client,
  path: { environmentId: string; snapshotId: string },
): AsyncGenerator<SnapshotProgress> {
  return untilFinal(client, async (options) => {
    const { stream } = await snapshotProgress({ client, path, ...options });
    return stream as AsyncIterable<SnapshotProgress>;
  });
}

/** The progress of a rollback, from its present state to its final event, whatever happens to connections meanwhile. */
export function watchRollback(client: Client, path: { deploymentId: string }): AsyncGenerator<RollbackProgress> {
  return untilFinal(client, async (options) => {
    const { stream } = await rollbackProgress({ client, path, ...options });
    return stream as AsyncIterable<RollbackProgress>;
  });
}

/** The progress of a snapshot's newest verification, from its present state to its final event. */
export function watchVerification(
  client: Client,
  path: { environmentId: string; snapshotId: string },
): AsyncGenerator<VerificationProgress> {
  return untilFinal(client, async (options) => {
    const { stream } = await snapshotVerifyProgress({ client, path, ...options });
    return stream as AsyncIterable<VerificationProgress>;
  });
}

interface StreamOptions {
  headers?: { 'Last-Event-ID': string };
  fetch: typeof fetch;
  signal: AbortSignal;
  sseMaxRetryAttempts: number;
  onSseEvent: (event: { id?: string; event?: string }) => void;
  onSseError: (error: unknown) => void;
}

/**
 * Opens the stream again after the last event received, also when it has ended without a final one, as
 * it does behind a proxy that lets no connection live for ever, or when the token has expired: `connect` is then asked
 * for a fresh one. Throws at once what will not get better by trying again, such as a token that is refused.
 */
async function* untilFinal<T extends { final: boolean }>(
  client: Client,
  open: (options: StreamOptions) => Promise<AsyncIterable<T>>,
): AsyncGenerator<T> {
  const connection = new AbortController();
  const refusals = refusalsOf(client.getConfig().fetch ?? fetch);
  let lastEventId: string | undefined;
  let failure: unknown;
  let refusal: Refusal | undefined;
  try {
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      const delayMs = attempts === 0 ? 0 : RETRY_MS * 2 ** (attempts - 1);
      await sleep(Math.max(delayMs, (refusal?.retryAfterSeconds ?? 0) * 1000));
      let expired = false;
      const stream = await open({
        ...(lastEventId === undefined ? {} : { headers: { 'Last-Event-ID': lastEventId } }),
        fetch: refusals.fetch,
        signal: connection.signal,
        // The generated client gives up for good after so many, however long a stream has lasted.
        sseMaxRetryAttempts: 1,
        onSseEvent: ({ id, event }) => {
          lastEventId = id ?? lastEventId;
          expired = event === 'token-expired';
          // A heartbeat counts too: somebody is there. A token that is always expired does not.
          if (!expired) attempts = 0;
        },
        onSseError: (error) => {
          failure = error;
        },
      });
      for await (const event of stream) {
        if (expired) continue;
        yield event;
        if (event.final) return;
      }
      refusal = refusals.take();
      if (refusal !== undefined && !refusal.mayPass) throw new SnapbackError(refusal.problem, { cause: failure });
    }
  } finally {
    // Whoever stops watching early leaves no connection open.
    connection.abort();
  }
  throw new SnapbackError(refusal?.problem, { cause: failure });
}

interface Refusal {
  problem: Problem;
  retryAfterSeconds: number;
  /** Whether it may be otherwise in a moment. */
  mayPass: boolean;
}

/** The generated client only says that a stream was refused; this remembers why. */
function refusalsOf(send: typeof fetch): { fetch: typeof fetch; take(): Refusal | undefined } {
  let last: Refusal | undefined;
  return {
    fetch: async (...request) => {
      const response = await send(...request);
      if (!response.ok) last = await refusalIn(response.clone());
      return response;
    },
    take: () => {
      const taken = last;
      last = undefined;
      return taken;
    },
  };
}

/** Undefined for an answer that is not the service's own, such as a proxy's while it starts. */
async function refusalIn(response: Response): Promise<Refusal | undefined> {
  const problem: unknown = await response.json().catch(() => undefined);
  if (!isProblem(problem)) return undefined;
  const retryAfter = Number(response.headers.get('retry-after') ?? 0);
  return {
    problem,
    retryAfterSeconds: Number.isFinite(retryAfter) ? Math.min(Math.max(retryAfter, 0), LONGEST_RETRY_AFTER) : 0,
    mayPass: response.status >= 500 || response.status === 408 || response.status === 429,
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
