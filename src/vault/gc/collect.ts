import type { ProjectLayout } from '../project-layout.js';
import type { CollectReport } from '../vault.js';
import { expireDeadCaptures, listCaptures, oldestStart } from './captures-under-way.js';
import { condemnGarbage } from './condemn-garbage.js';
import { LiveChunks } from './live-chunks.js';
import { settleCondemned } from './settle-condemned.js';

/** File systems keep times in steps, so that a new file may look a little older than it is. The coarsest in use. */
const TIME_STEP_MS = 2_000;

/**
 * Removes a project's garbage by mark and sweep.
 *
 * Captures, readers and other collections go on meanwhile, in any process. There is no lock and no clock that
 * safety depends on: a chunk is first *condemned* (moved aside, which can be undone) and deleted only
 * when it is certain that nobody can come to need it. In order:
 *
 *   1. expire: captures that gave no sign of life for long lose their directory, and with it the power to publish.
 *   2. mark: read every published manifest. One that is damaged ends the collection here.
 *   3. condemn: move what is not marked, and was not touched lately, to `condemned/<sweepId>.open/`.
 *   4. seal: rename that directory, so that no collection can move anything more into it.
 *   5. wait: list the captures under way. While one of them still is, the directory is left to a later
 *      collection; no call waits for hours.
 *   6. mark again: read the manifests published since. Then put back what is needed, and delete the rest.
 *
 * Why no published snapshot can lose a chunk. A capture checks at the end of its work that each chunk lies in
 * its place (`ChunkStore.ensure`), and then publishes by a rename; until then its directory is in `incoming/`.
 * Take the last time that a chunk was moved out of its place, in step 3 of some collection, and a
 * snapshot that needs it.
 *   - Checked after the move: the chunk lay in its place again by then, put back or written anew, so what was moved
 *     away is a spare copy.
 *   - Checked before the move, published before step 6: step 6 has read the manifest, and puts the chunk back.
 *   - Checked before the move, published after step 6: cannot be. That capture was under way from before the move, so
 *     step 5 has seen it and went on only when it was over: published, discarded, or expired. An expired one
 *     cannot publish any more.
 *
 * Deleting what a collection has condemned is left to the directory it lies in, so two collections never
 * delete by each other's reasoning; and one that another has sealed stops condemning into it.
 *
 * Killed at any point, a collection leaves chunks in `condemned/` at worst. Readers and captures look
 * there too, and the next collection goes on at step 4.
 *
 * The times of chunks and captures in step 3 only keep moves rare; were they all wrong, chunks would be moved
 * and put back. The argument needs a file system on which a rename is atomic and seen at once by all: a local
 * one, or one mounted by one host. NFS, whose clients remember directories for a while, is not.
 */
export async function collectGarbage(
  layout: ProjectLayout,
  options: { now: () => number; graceMs: number; signal: AbortSignal },
): Promise<CollectReport> {
  const { now, graceMs, signal } = options;
  signal.throwIfAborted();
  await expireDeadCaptures(layout, now());
  const before = Math.min(now() - graceMs, oldestStart(await listCaptures(layout)) - TIME_STEP_MS);
  const live = new LiveChunks(layout);
  await live.refresh(signal);
  await condemnGarbage(layout, live, before, signal);
  const removed = await settleCondemned(layout, live, signal);
  return {
    manifests: live.manifests,
    liveChunks: live.size,
    removedObjects: removed.chunks,
    removedBytes: removed.bytes,
  };
}
