import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceProcess } from '../../harness/service-process.js';
import type { Slot } from './slot.js';
import type { Place } from './place.js';
import { Visitor } from './visitor.js';

export interface RandomResult {
  /** Rollbacks that were under way when the blow fell. */
  struck: number;
  outcomes: Record<string, number>;
  reads: number;
  broken: string[];
}

/** `paused`: the worker stands still from that instant until all has ended, and goes on then. */
export const RANDOM_VICTIMS = ['worker', 'paused', 'PostgreSQL', 'both', 'API'] as const;

/** How long a worker that goes on may still do harm (milliseconds). */
const GOES_ON_MS = 2_000;

/**
 * One blow at a random instant of many rollbacks at once, each of them at an instant of its own. What was not struck,
 * because it had ended or not begun, does not count.
 */
export async function strikeAtRandom(
  slot: Slot,
  places: readonly Place[],
  victim = RANDOM_VICTIMS[Math.floor(Math.random() * RANDOM_VICTIMS.length)]!,
): Promise<RandomResult> {
  await Promise.all(places.map((place) => place.become('present')));
  let worker = await slot.startWorker();
  const visitors = places.map((place) => new Visitor(place));
  let paused: ServiceProcess | undefined;
  const broken: string[] = [];
  const outcomes: Record<string, number> = {};
  let struck = 0;
  try {
    const ids = await Promise.all(
      places.map(async (place) => {
        await sleep(Math.random() * 1_500);
        return place.rollBack();
      }),
    );
    await sleep(Math.random() * 6_000);
    const before = await Promise.all(places.map((place, n) => place.log(ids[n]!)));
    if (victim === 'worker' || victim === 'both') await worker.kill();
    if (victim === 'PostgreSQL' || victim === 'both') await slot.server.restart('immediate');
    if (victim === 'API') {
      await slot.killApi();
      await slot.startApi();
    }
    if (victim === 'worker' || victim === 'both') {
      await slot.end(worker);
      worker = await slot.startWorker();
    }
    if (victim === 'paused') {
      process.kill(worker.pid, 'SIGSTOP');
      paused = worker;
      worker = await slot.startWorker();
    }
    const ended = await Promise.all(places.map((place, n) => place.ended(ids[n]!)));
    if (paused !== undefined) {
      process.kill(paused.pid, 'SIGCONT');
      await sleep(GOES_ON_MS);
    }
    for (const [n, place] of places.entries()) {
      const log = await place.log(ids[n]!);
      if (log.status !== ended[n]!.status)
        broken.push(`${ended[n]!.status}, and after the worker went on ${log.status}`);
      if (before[n]!.status === 'running') {
        struck += 1;
        const outcome = `${victim}: ${log.status}`;
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
      await visitors[n]!.stop();
      const faults = [...(await place.brokenPromises(log)), ...visitors[n]!.mixtures];
      broken.push(...faults.map((fault) => `${victim}, ${before[n]!.steps.at(-1)?.name ?? 'queued'}: ${fault}`));
    }
  } catch (error) {
    broken.push(`${victim}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await Promise.all(visitors.map((visitor) => visitor.stop()));
    await slot.end(worker);
    if (paused !== undefined) await slot.end(paused);
  }
  return { struck, outcomes, reads: visitors.reduce((sum, { reads }) => sum + reads, 0), broken };
}
