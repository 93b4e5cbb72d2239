import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationName } from './announcements.js';
import { Child } from './children.js';
import type { Ledger } from './ledger.js';
import { rebuild, repair } from './operations.js';
import { brokenPromises, check, leftovers, untilChildrenAreGone } from './promises.js';
import { SavedWorld } from './saved-world.js';
import { currentKey, openWorld, type Place, type World } from './world.js';

export interface SystematicOptions {
  operations: readonly OperationName[];
  /** The first step that is met, and how many lie between two; 1 and 1 meet all. */
  first?: number;
  stride?: number;
  /** How often an operation is killed at the most. */
  most?: number;
  progress?: (operation: OperationName, killed: number, broken: readonly string[]) => void;
  signal?: AbortSignal;
}

export interface SystematicReport {
  /** How often each operation was killed. */
  killed: Partial<Record<OperationName, number>>;
  /** Promises that did not hold; empty when all is well. */
  broken: string[];
}

/**
 * Kills each operation at each of its steps, one child a step, until it has no more, always beginning with the same vault; after each
 * kill looks whether every promise holds, and collects what is left.
 */
export async function runSystematic(place: Place, options: SystematicOptions): Promise<SystematicReport> {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-faults-children-'));
  const world = await openWorld(place, 'snapback faults');
  const report: SystematicReport = { killed: {}, broken: [] };
  try {
    const saved = await SavedWorld.create(world);
    for (const operation of options.operations) {
      await killAtEachStep({ world, saved, directory, report }, operation, options);
      options.progress?.(operation, report.killed[operation] ?? 0, report.broken);
    }
    return report;
  } finally {
    await world.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Bench {
  world: World;
  saved: SavedWorld;
  directory: string;
  report: SystematicReport;
}

async function killAtEachStep(bench: Bench, operation: OperationName, options: SystematicOptions): Promise<void> {
  const { first = 1, stride = 1, most = Infinity } = options;
  const { report } = bench;
  let ledger = bench.saved.ledger();
  const child = (nth: number): Child => {
    const orders = { place: bench.world.place, seed: '', alone: true, deleted: [], once: { operation, nth } };
    return new Child(orders, bench.directory, (announcement) => ledger.note(announcement));
  };
  // The next one starts while the results of the last are looked at.
  let next: Child | undefined = child(first);
  try {
    for (let nth = first; options.signal?.aborted !== true && report.broken.length === 0; nth += stride) {
      const running = next;
      if (running === undefined) return;
      next = (nth - first) / stride + 1 < most ? child(nth + stride) : undefined;
      ledger = bench.saved.ledger();
      await bench.saved.reset();
      if (operation === 'repair') await bench.saved.damage();
      await running.start();
      const wasKilled = await running.wasKilled();
      const broken = await examine(bench, ledger, operation);
      if (running.complaint !== '') broken.push(running.complaint);
      report.broken.push(...broken.map((sentence) => `${operation}, step ${nth}: ${sentence}`));
      if (!wasKilled) return;
      report.killed[operation] = (report.killed[operation] ?? 0) + 1;
    }
  } finally {
    await next?.kill();
  }
}

async function examine({ world, directory }: Bench, ledger: Ledger, operation: OperationName): Promise<string[]> {
  const broken: string[] = [];
  await untilChildrenAreGone(world);
  world.masterKey = await currentKey(world.backend, world.place);
  if (await world.catalogue.isBeingRebuilt(world.place.project)) {
    const { findings } = await check(world);
    if (!findings.some(({ code }) => code === 'rebuild-unfinished')) broken.push('check does not tell of the rebuild.');
    if (operation !== 'repair') await rebuild(world);
  }
  if (operation === 'repair') await repair(world);
  broken.push(...(await brokenPromises(world, ledger)));
  broken.push(...(await leftovers(world)), ...(await brokenPromises(world, ledger)));
  for (const name of await readdir(directory)) broken.push(`It has left ${name} among the temporary files.`);
  return broken;
}
