import type { Slot } from './slot.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceProcess } from '../../harness/service-process.js';
import type { Place } from './place.js';
import { hasStopped } from './stopping.js';
import { Visitor } from './visitor.js';

/** Of the rollback's log, before the cutover. */
export const PHASES = ['prepare', 'stage-database', 'stage-filestore', 'verify'] as const;
/** Of the cutover's journal. */
export const STEPS = ['begun', 'swap-databases', 'exchange-directories', 'open', 'done'] as const;
/** Between the entries that are exchanged at the top of a mount point, and when only the top's own attributes are left. */
export const ENTRIES = ['second-entry', 'middle-entry', 'top-itself'] as const;
/** Of the safety snapshot that follows. The statements they are seen by are in `stop-at.mjs`. */
export const SAFETY = ['safety-ordered', 'door-opened', 'door-closed', 'safety-published', 'kept-removed'] as const;
/** Of a standby: while it is built, and when a rollback takes it. */
export const STANDBY = ['standby-begun', 'standby-ready', 'standby-taken'] as const;
/** All of them, in their order. One before whose end nothing is taken is struck on both sides; the phases are long. */
export const ALL_STEPS = [...PHASES, ...STEPS, ...ENTRIES, ...SAFETY, ...STANDBY] as const;
export const SIDES = ['before', 'after'] as const;
/**
 * What is killed. `paused`: nothing is; the worker is stopped until another one has taken over, and goes on then. `day
 * later` and `day back`: the worker's clock jumps.
 */
export const VICTIMS = ['worker', 'API', 'PostgreSQL', 'both', 'paused', 'day later', 'day back'] as const;
/** What is full while the worker goes on, and has room again some seconds later. For a slot with small disks. */
export const DISKS = ['files disk', 'database disk'] as const;

export interface Cell {
  step: (typeof ALL_STEPS)[number];
  side: (typeof SIDES)[number];
  victim: (typeof VICTIMS)[number] | (typeof DISKS)[number];
  /** What the rollback swaps in stands ready. */
  standby?: boolean;
}

export const hasSafety = (step: Cell['step']): boolean => SAFETY.some((one) => one === step);

const DAY_MS = 86_400_000;
const CLOCK_JUMPS: Partial<Record<Cell['victim'], number>> = { 'day later': DAY_MS, 'day back': -DAY_MS };
const KEPT_MINUTES = 30;
const PATIENCE_SECONDS = 90;
/** How long a disk stays full, unless the rollback ends before. */
const FULL_MS = 5_000;

export interface CellResult {
  /** How the rollback ended. */
  status: string;
  downtimeMs: number | null;
  reads: number;
  /** Empty: every promise was kept. */
  broken: string[];
}

/** One rollback that is struck at one step, and everything that was promised about it. */
export async function runCell(place: Place, cell: Cell): Promise<CellResult> {
  const { step, side, victim } = cell;
  const { slot } = place;
  const isBuilding = step === 'standby-begun' || step === 'standby-ready';
  // One that stands ready already would not be built.
  const standby = !isBuilding && (cell.standby === true || step === 'standby-taken');
  await place.become('present');
  if (standby) await withWorker(slot, () => place.standsReady());
  const worker = await slot.startStoppingWorker(`${step}:${side}`, CLOCK_JUMPS[victim]);
  const visitor = new Visitor(place);
  const workers = [worker];
  const safety = hasSafety(step);
  const gone = step === 'kept-removed';
  const end = (deploymentId: string, seconds = PATIENCE_SECONDS) =>
    safety ? place.captured(deploymentId, { seconds, gone }) : place.ended(deploymentId, seconds);
  try {
    // Kept, so that one can see whether it is closed; what is removed is not.
    await place.keepFor(safety && !gone ? KEPT_MINUTES : 0);
    const asked = isBuilding ? await place.standBy('newest').then(() => null) : await place.rollBack({ safety });
    await hasStopped(worker.pid);
    const ends = (seconds: number) => (asked === null ? place.standsReady(seconds) : end(asked, seconds));
    workers.push(...(await strike(place, worker, victim, ends)));
    // Whatever befell it while it was built, it comes to stand, and is swapped in.
    if (asked === null) await place.standsReady();
    const deploymentId = asked ?? (await place.rollBack());
    const log = await end(deploymentId);
    if (victim === 'paused') {
      process.kill(worker.pid, 'SIGCONT');
      await sleep(2_000);
      const again = await place.log(deploymentId);
      if (again.status !== log.status)
        return failed(`${log.status}, and after the worker went on ${again.status}`, visitor);
    }
    await visitor.stop();
    if (standby || isBuilding) await place.standBy('off');
    const { status, downtimeMs } = log;
    const broken = [...(await (safety ? place.brokenState(log) : place.brokenPromises(log))), ...visitor.mixtures];
    if (safety) broken.push(...(await place.brokenSafety(log, visitor.confirmed)));
    return { status, downtimeMs, reads: visitor.reads, broken };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error), visitor);
  } finally {
    await visitor.stop();
    for (const each of workers) await slot.end(each);
  }
}

async function withWorker(slot: Slot, work: () => Promise<void>): Promise<void> {
  const worker = await slot.startWorker();
  try {
    await work();
  } finally {
    await slot.end(worker);
  }
}

/** Kills, and starts again what was killed. Resolves to the workers there are besides the first. */
async function strike(
  place: Place,
  worker: ServiceProcess,
  victim: Cell['victim'],
  end: (seconds: number) => Promise<unknown>,
): Promise<ServiceProcess[]> {
  const { slot } = place;
  switch (victim) {
    case 'worker':
      await worker.kill();
      return [await slot.startNextWorker()];
    case 'API':
      await slot.killApi();
      await slot.startApi();
      process.kill(worker.pid, 'SIGCONT');
      return [];
    case 'PostgreSQL':
      await slot.server.restart('immediate');
      process.kill(worker.pid, 'SIGCONT');
      return [];
    case 'both':
      await Promise.all([worker.kill(), slot.server.stop('immediate')]);
      await slot.server.restart('immediate');
      return [await slot.startNextWorker()];
    case 'paused':
      return [await slot.startNextWorker()];
    case 'day later':
    case 'day back':
      process.kill(worker.pid, 'SIGCONT');
      return [];
    case 'files disk':
    case 'database disk': {
      const disk = victim === 'files disk' ? slot.disks!.files : slot.disks!.database;
      await disk.fill();
      process.kill(worker.pid, 'SIGCONT');
      await end(FULL_MS / 1000).catch(() => undefined);
      await disk.free();
      // Without room for its log of changes PostgreSQL gives up; somebody, or systemd, starts it again.
      if (!slot.server.running) await slot.server.restart();
      return [];
    }
  }
}

function failed(why: string, { reads, mixtures }: Visitor): CellResult {
  return { status: '-', downtimeMs: null, reads, broken: [why, ...mixtures] };
}
