import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RollbackLog } from '../../../sdk/typescript/generated/types.gen.js';
import type { ServiceProcess } from '../../harness/service-process.js';
import type { Slot } from './slot.js';
import { waitUntil } from '../../e2e/wait-until.js';
import { REMOVED_WITHIN_SECONDS } from './place.js';
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

/** Of the rollbacks with a safety snapshot, how many are undone at once: while it waits, or is under way. */
const UNDONE = 0.4;
const KEPT_MINUTES = 30;
/** About as long as a standby takes here. */
const STANDBY_MS = 6_000;
/** Every half a second, beside a machine that does much else. */
const ASKED_TIMES = 120;
/** When the blow finds none under way: a moment after one is. */
const LOOK_MS = 20;
const LATER_MS = 1_000;
/** How long a worker that goes on may still do harm (milliseconds). */
const GOES_ON_MS = 2_000;

/**
 * One blow at a random instant of many rollbacks at once, each of them at an instant of its own; half of them with a safety
 * snapshot, and some of those are undone while that is under way. What was not struck,
 * because it had ended or not begun, does not count.
 */
export async function strikeAtRandom(
  slot: Slot,
  places: readonly Place[],
  victim = RANDOM_VICTIMS[Math.floor(Math.random() * RANDOM_VICTIMS.length)]!,
): Promise<RandomResult> {
  const courses = places.map((place) => new Course(place));
  let worker = await slot.startWorker();
  const visitors: Visitor[] = [];
  let paused: ServiceProcess | undefined;
  const broken: string[] = [];
  const outcomes: Record<string, number> = {};
  let struck = 0;
  try {
    await Promise.all(courses.map((course) => course.prepare()));
    visitors.push(...places.map((place) => new Visitor(place)));
    // One that goes wrong says so at the end; the others go on to theirs.
    const done = Promise.all(courses.map((course) => course.follow()));
    await sleep(Math.random() * 8_000);
    while (courses.every(({ stage }) => stage === 'to come')) await sleep(LOOK_MS);
    await sleep(Math.random() * LATER_MS);
    const before = courses.map(({ stage }) => stage === 'under way');
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
    await done;
    if (paused !== undefined) {
      process.kill(paused.pid, 'SIGCONT');
      await sleep(GOES_ON_MS);
    }
    await Promise.all(visitors.map((visitor) => visitor.stop()));
    for (const { outcome } of courses.filter((_, n) => before[n])) {
      struck += 1;
      outcomes[`${victim}: ${outcome}`] = (outcomes[`${victim}: ${outcome}`] ?? 0) + 1;
    }
    const judged = courses.map(async (course, n) => {
      const { mixtures, confirmed } = visitors[n]!;
      const faults = [...(await course.broken(confirmed)), ...mixtures];
      broken.push(...faults.map((fault) => `${victim}, ${course.outcome}: ${fault}`));
    });
    await Promise.all(judged);
    const look = () => slot.admin(`SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'snapback%'`);
    const options = { seconds: REMOVED_WITHIN_SECONDS };
    await waitUntil('nothing is left', async () => (await look()).length === 0, options).catch(() => undefined);
    const left = await look();
    broken.push(...left.map(({ name }) => `${victim}: ${String(name)} is left over`));
  } catch (error) {
    broken.push(`${victim}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await Promise.all(visitors.map((visitor) => visitor.stop()));
    await slot.end(worker);
    if (paused !== undefined) await slot.end(paused);
  }
  return { struck, outcomes, reads: visitors.reduce((sum, { reads }) => sum + reads, 0), broken };
}

/** One rollback, and what follows it: its safety snapshot, or an undo while that is under way. */
class Course {
  /** How it has ended. */
  outcome = 'not begun';
  stage: 'to come' | 'under way' | 'over' = 'to come';
  private readonly safety = Math.random() < 0.5;
  private readonly undoes = this.safety && Math.random() < UNDONE;
  /** What is swapped in is being built, or stands ready. */
  private readonly standsBy = Math.random() < 0.5;
  private log: RollbackLog | undefined;
  private undo: RollbackLog | undefined;
  private trouble: string | null = null;

  constructor(private readonly place: Place) {}

  /** A worker is there, for whatever an earlier course that came to no end has left under way. */
  async prepare(): Promise<void> {
    await this.place.rests();
    await this.place.become('present');
    await this.place.keepFor(this.safety ? KEPT_MINUTES : 0);
    await this.place.standBy(this.standsBy ? 'newest' : 'off');
  }

  /** Never rejects. */
  async follow(): Promise<void> {
    await this.run().catch((error: unknown) => {
      this.trouble = error instanceof Error ? error.message : String(error);
    });
    this.stage = 'over';
  }

  private async run(): Promise<void> {
    const { place } = this;
    await sleep(Math.random() * (this.standsBy ? STANDBY_MS : 1_500));
    const [key, undoKey] = [randomUUID(), randomUUID()];
    const id = await persist(() => place.rollBack({ safety: this.safety, key }));
    this.stage = 'under way';
    this.log = await place.ended(id);
    if (this.log.status === 'completed' && this.undoes) {
      // What it brings back is not kept in its turn.
      await persist(() => place.keepFor(0));
      const undo = await persist(() => place.undo(id, undoKey));
      if (undo !== null) this.undo = await place.ended(undo);
    }
    if (this.isCaptured) this.log = await place.captured(id);
    this.outcome = [this.log.status, this.undo && `undo ${this.undo.status}`, this.isCaptured && 'captured']
      .filter(Boolean)
      .join(', ');
  }

  /** Every promise that is broken, a sentence each, once nobody writes any more. */
  async broken(confirmed: readonly number[]): Promise<string[]> {
    const { place } = this;
    await persist(() => place.standBy('off'));
    // Nobody can say of it what the state of before was.
    if (this.trouble !== null) return [this.trouble];
    const log = await place.log(this.log!.deploymentId);
    if (log.status !== this.log!.status)
      return [`it was ${this.log!.status}, and after the worker went on ${log.status}`];
    if (this.undo?.status === 'completed')
      return [...(await place.missing(confirmed)), ...(await place.brokenPromises(log, 'present'))];
    if (!this.isCaptured) return place.brokenPromises(log);
    return [...(await place.brokenState(log)), ...(await place.brokenSafety(log, confirmed))];
  }

  private get isCaptured(): boolean {
    return this.safety && this.log?.status === 'completed' && this.undo?.status !== 'completed';
  }
}

/** Asks until it is answered: the API may be what is killed. */
async function persist<T>(send: () => Promise<T>): Promise<T> {
  for (let left = ASKED_TIMES; ; left -= 1) {
    try {
      return await send();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(500);
    }
  }
}
