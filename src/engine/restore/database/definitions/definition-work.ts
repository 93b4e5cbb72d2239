import { BATCH_BYTES, type DefinitionQueue, type DefinitionWork } from './definition-queue.js';
import { type Lane, type LaneSet, onLanes } from '../lanes.js';
import type { DefinitionRunner } from './run-definitions.js';

/** Small ones in one transaction; what takes long by itself, so that a failure has only it done again. Rejects as the runner does. */
export async function runWork(
  batch: readonly DefinitionWork[],
  runner: DefinitionRunner,
  lane: Lane,
  signal: AbortSignal,
): Promise<void> {
  const bytes = batch.reduce((sum, work) => sum + work.bytes, 0);
  const entries = batch.flatMap((work) => work.entries);
  await runner.run(await lane.for('writing'), entries, { signal, together: bytes < BATCH_BYTES });
}

/** Has the lanes do all that is in the queue, to which nothing is added any more. Rejects as `DefinitionRunner.run` does. */
export async function workOff(queue: DefinitionQueue, lanes: LaneSet, runner: DefinitionRunner): Promise<void> {
  let done = Promise.withResolvers<void>();
  await onLanes(lanes, async (lane, signal) => {
    while (!queue.isEmpty) {
      const batch = queue.take({ moreToCome: false });
      if (!batch) {
        await done.promise;
        signal.throwIfAborted();
        continue;
      }
      try {
        await runWork(batch, runner, lane, signal);
      } finally {
        queue.release(batch);
        // Also after a failure: the others have to notice that they were stopped.
        done.resolve();
        done = Promise.withResolvers();
      }
    }
  });
}
