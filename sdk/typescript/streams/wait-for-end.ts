import { Deadline } from '../requests/deadline.js';
import type { Heard } from './follow.js';
import type { WaitOptions } from './streams.js';

/** Between a final event and a view that knows of it, should there be any time. */
const LOOK_AGAIN_MS = 1000;

/**
 * What has ended, however it did: at its final event or, when nothing is heard for as long as that may be, as soon as a look at it says so. A proxy
 * that holds events back does no harm.
 */
export async function waitForEnd<E, T extends { finishedAt: string | null }>(
  heard: AsyncIterable<Heard<E>>,
  look: () => Promise<T>,
  { onProgress, signal }: WaitOptions<E>,
): Promise<T> {
  for await (const { event } of heard) {
    if (event !== undefined) {
      onProgress?.(event);
      continue;
    }
    const seen = await look();
    if (seen.finishedAt !== null) return seen;
  }
  for (;;) {
    const seen = await look();
    if (seen.finishedAt !== null) return seen;
    await new Deadline(Infinity, signal).pause(LOOK_AGAIN_MS);
  }
}
