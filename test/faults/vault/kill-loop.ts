import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Announcement } from './announcements.js';
import { Child } from './children.js';
import { Ledger } from './ledger.js';
import { collect, rebuild } from './operations.js';
import { brokenPromises, check, leftovers, untilChildrenAreGone } from './promises.js';
import { Random } from './random.js';
import { currentKey, openWorld, type Place, type World } from './world.js';

/** Kills between two rounds in which everything that nobody needs has to go. */
const COLLECT_EVERY = 10;
const LONGEST_LIFE_MS = 2_500;

/** With what an operation may end while others work on the same project, or after one of them was killed. */
const ALLOWED = new Set([
  'lease-lost',
  'chunk-missing',
  'manifest-missing',
  'pack-missing',
  'pack-condemned',
  'collection-running',
  'rebuilding',
]);

export interface KillLoopOptions {
  kills: number;
  seed: string;
  /** Told after each kill. */
  progress?: (kills: number, broken: readonly string[]) => void;
  /** Ends the loop after the kill under way. */
  signal?: AbortSignal;
}

export interface KillReport {
  kills: number;
  /** Of these, with two children at work. */
  ofTwo: number;
  /** Rounds of collections after which nothing unneeded may be left. */
  collections: number;
  /** Rebuilds that were killed, and were begun again. */
  rebuildsEnded: number;
  counts: Ledger['counts'];
  /** Promises that did not hold; empty when all is well. */
  broken: string[];
}

/** Kills children at work on one project at random instants, and after each kill looks whether every promise holds. */
export async function runKillLoop(place: Place, options: KillLoopOptions): Promise<KillReport> {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-faults-children-'));
  const world = await openWorld(place, 'snapback faults');
  try {
    return await new KillLoop(world, directory, options).run();
  } finally {
    await world.close();
    await rm(directory, { recursive: true, force: true });
  }
}

class KillLoop {
  private readonly random: Random;
  private readonly ledger = new Ledger();
  private readonly report: KillReport;

  constructor(
    private readonly world: World,
    private readonly directory: string,
    private readonly options: KillLoopOptions,
  ) {
    this.random = new Random(options.seed);
    this.report = { kills: 0, ofTwo: 0, collections: 0, rebuildsEnded: 0, counts: this.ledger.counts, broken: [] };
  }

  async run(): Promise<KillReport> {
    const { report, options } = this;
    while (report.kills < options.kills && options.signal?.aborted !== true) {
      await this.killSome();
      await this.examine();
      report.kills += 1;
      if (report.kills % COLLECT_EVERY === 0 || report.kills === options.kills) await this.collectAll();
      options.progress?.(report.kills, report.broken);
      if (report.broken.length > 0) break;
    }
    return report;
  }

  private async killSome(): Promise<void> {
    const two = this.random.chance(0.25);
    if (two) this.report.ofTwo += 1;
    const children = (two ? ['a', 'b'] : ['a']).map((side) => this.child(side, !two));
    try {
      await Promise.all(children.map((child) => child.start()));
      // Most are killed at work; some while they are still opening the vault.
      if (this.random.chance(0.85)) await Promise.all(children.map((child) => child.busy));
      // As many short lives as long ones: the first moments have the most steps.
      await pause(LONGEST_LIFE_MS ** this.random.next());
    } finally {
      await Promise.all(children.map((child) => child.kill()));
    }
    for (const { complaint } of children) if (complaint !== '') this.report.broken.push(complaint);
    await untilChildrenAreGone(this.world);
  }

  private child(side: string, alone: boolean): Child {
    const seed = `${this.options.seed} ${this.report.kills} ${side}`;
    const orders = { place: this.world.place, seed, alone, deleted: this.ledger.deleted };
    return new Child(orders, this.directory, (announcement) => this.hear(announcement));
  }

  private hear(announcement: Announcement): void {
    this.ledger.note(announcement);
    if (announcement.say !== 'failed' || ALLOWED.has(announcement.code)) return;
    const { what, code, message } = announcement;
    this.report.broken.push(`${what} failed with ${code}: ${message}`);
  }

  private async examine(): Promise<void> {
    const { world, report, ledger } = this;
    world.masterKey = await currentKey(world.backend, world.place);
    if (await world.catalogue.isBeingRebuilt(world.place.project)) {
      report.rebuildsEnded += 1;
      const { findings } = await check(world);
      if (!findings.some(({ code }) => code === 'rebuild-unfinished')) {
        report.broken.push('A rebuild was killed, and check does not say so.');
      }
      const deleted = new Set(ledger.deleted);
      await rebuild(world, (id) => !deleted.has(id));
    }
    report.broken.push(...(await brokenPromises(world, ledger)));
    for (const name of await readdir(this.directory))
      report.broken.push(`A child has left ${name} among the temporary files.`);
  }

  private async collectAll(): Promise<void> {
    const { world, report, ledger } = this;
    report.collections += 1;
    report.broken.push(...(await leftovers(world)), ...(await brokenPromises(world, ledger)));
    await collect(world);
  }
}
