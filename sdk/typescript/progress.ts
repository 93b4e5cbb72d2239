import type { Client } from './generated/client/index.js';
import { rollbackProgress, snapshotProgress, snapshotVerifyProgress } from './generated/sdk.gen.js';
import type { RollbackProgress, SnapshotProgress, VerificationProgress } from './generated/types.gen.js';
import { SnapbackError } from './result.js';

/** How often in a row a stream may bring nothing before it is given up. */
const ATTEMPTS = 6;
/** How long to wait before a stream is opened again; doubled each time that brings nothing. */
const RETRY_MS = 250;

/** The progress of a snapshot, from its present state to its final event, whatever happens to connections meanwhile. */
export function watchSnapshot(
  client: Client,
  path: { environmentId: string; snapshotId: string },
): AsyncGenerator<SnapshotProgress> {
  return untilFinal(async (options) => {
    const { stream } = await snapshotProgress({ client, path, ...options });
    return stream as AsyncIterable<SnapshotProgress>;
  });
}

/** The progress of a rollback, from its present state to its final event, whatever happens to connections meanwhile. */
export function watchRollback(client: Client, path: { deploymentId: string }): AsyncGenerator<RollbackProgress> {
  return untilFinal(async (options) => {
    const { stream } = await rollbackProgress({ client, path, ...options });
    return stream as AsyncIterable<RollbackProgress>;
  });
}

/** The progress of a snapshot's newest verification, from its present state to its final event. */
export function watchVerification(
  client: Client,
  path: { environmentId: string; snapshotId: string },
): AsyncGenerator<VerificationProgress> {
  return untilFinal(async (options) => {
    const { stream } = await snapshotVerifyProgress({ client, path, ...options });
    return stream as AsyncIterable<VerificationProgress>;
  });
}

interface StreamOptions {
  headers?: { 'Last-Event-ID': string };
  signal: AbortSignal;
  sseMaxRetryAttempts: number;
  onSseEvent: (event: { id?: string }) => void;
  onSseError: (error: unknown) => void;
}

/**
 * Opens the stream again after the last event received, also when it has ended without a final one, as
 * it does behind a proxy that lets no connection live for ever.
 */
async function* untilFinal<T extends { final: boolean }>(
  open: (options: StreamOptions) => Promise<AsyncIterable<T>>,
): AsyncGenerator<T> {
  const connection = new AbortController();
  let lastEventId: string | undefined;
  let failure: unknown;
  try {
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      if (attempts > 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS * 2 ** (attempts - 1)));
      const stream = await open({
        ...(lastEventId === undefined ? {} : { headers: { 'Last-Event-ID': lastEventId } }),
        signal: connection.signal,
        // The generated client gives up for good after so many, however long a stream has lasted.
        sseMaxRetryAttempts: 1,
        onSseEvent: ({ id }) => {
          // A heartbeat counts too: somebody is there.
          attempts = 0;
          lastEventId = id ?? lastEventId;
        },
        onSseError: (error) => {
          failure = error;
        },
      });
      for await (const event of stream) {
        yield event;
        if (event.final) return;
      }
    }
  } finally {
    // Whoever stops watching early leaves no connection open.
    connection.abort();
  }
  throw new SnapbackError(undefined, { cause: failure });
}
