import { BATCH_BYTES, type DefinitionQueue, type DefinitionWork } from './definition-queue.js';
import { type BuildSession, type BuildSessions, onSessions } from '../build-sessions.js';
import type { DefinitionRunner } from './run-definitions.js';

/** Small ones in one transaction; what takes long by itself, so that a failure has only it done again. Rejects as the runner does. */
export async function runWork(
  batch: readonly DefinitionWork[],
  runner: DefinitionRunner,
  session: BuildSession,
  signal: AbortSignal,
): Promise<void> {
  const bytes = batch.reduce((sum, work) => sum + work.bytes, 0);
  const entries = batch.flatMap((work) => work.entries);
  await runner.run(await session.for('writing'), entries, { signal, together: bytes < BATCH_BYTES });
}

/** Has the sessions do all that is in the queue, to which nothing is added any more. Rejects as `DefinitionRunner.run` does. */
export async function workOff(
  queue: DefinitionQueue,
  sessions: BuildSessions,
  runner: DefinitionRunner,
): Promise<void> {
  let done = Promise.withResolvers<void>();
  await onSessions(sessions, async (session, signal) => {
    while (!queue.isEmpty) {
      const batch = queue.take({ moreToCome: false });
      if (!batch) {
        await done.promise;
        signal.throwIfAborted();
        continue;
      }
      try {
        await runWork(batch, runner, session, signal);
      } finally {
        queue.release(batch);
        // Also after a failure: the others have to notice that they were stopped.
        done.resolve();
        done = Promise.withResolvers();
      }
    }
  });
}
