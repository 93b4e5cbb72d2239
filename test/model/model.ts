import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_CHANGES } from './changes/all-changes.js';
import { Cluster } from './cluster.js';
import { compareRestored } from './compare-restored.js';
import { compareSnapshots, Difference } from './compare-snapshots.js';
import { Dice } from './dice.js';
import { makeInitialSchema } from './initial-schema.js';
import { Rollbacks } from './rollbacks.js';
import { type Ground, takeSnapshot, type TakenSnapshot } from './snapshots.js';
import { Standbys } from './standbys.js';
import { Statistics } from './statistics.js';
import { Vaults } from './vaults.js';
import { World } from './world.js';

/** One round in so many, on average. */
const RESTORED = 10;
const NEW_BASE = 6;
const IN_PACKS = 8;
const ROLLED_BACK = 12;
const UNDONE = 3;
const STOOD_BY = 4;
const MOST_CHANGES = 9;

export interface ModelOptions {
  seed: number;
  rounds: number;
  /** No further round begins when the first one began so many milliseconds ago. */
  milliseconds?: number;
  /** Told after each round. */
  onRound?: (statistics: Statistics) => void;
}

export interface ModelResult {
  statistics: Statistics;
  outcomes: { accepted: number; refused: number };
  /** Of the round that failed; left out when all were right. */
  failure?: { round: number; error: unknown; log: string[] };
}

/**
 * Changes a database at random, round by round, and after each one holds a differential snapshot against a full one of
 * the same state. Ends with the first round that is not right. Rejects only when the model itself cannot go on.
 */
export async function runModel(options: ModelOptions): Promise<ModelResult> {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-model-'));
  const vaults = new Vaults(directory);
  const cluster = await Cluster.start();
  try {
    const dice = new Dice(options.seed);
    const world = new World(cluster, dice, directory);
    await world.connect();
    const model = new Model(world, vaults);
    try {
      return await model.run(options);
    } finally {
      await world.disconnect();
    }
  } finally {
    await vaults.close();
    await cluster.remove();
    await rm(directory, { recursive: true, force: true });
  }
}

class Model {
  private readonly statistics = new Statistics();
  private base!: Ground;
  /** In the same place as the base: what can be rolled back to. */
  private newest!: TakenSnapshot;
  private readonly rollbacks: Rollbacks;
  private readonly standbys: Standbys;

  constructor(
    private readonly world: World,
    private readonly vaults: Vaults,
  ) {
    this.standbys = new Standbys(world);
    this.rollbacks = new Rollbacks(world, this.standbys);
  }

  async run({ rounds, milliseconds = Infinity, onRound }: ModelOptions): Promise<ModelResult> {
    const { world, statistics } = this;
    const { outcomes } = world;
    const until = Date.now() + milliseconds;
    for (let round = 1; round <= rounds && (round === 1 || Date.now() < until); round += 1) {
      world.log = [];
      try {
        if (round === 1) {
          await makeInitialSchema(world);
          await this.takeBase();
        }
        await this.round();
      } catch (error) {
        return { statistics, outcomes, failure: { round, error, log: world.log } };
      }
      statistics.rounds = round;
      onRound?.(statistics);
    }
    return { statistics, outcomes };
  }

  private async round(): Promise<void> {
    const { world, statistics } = this;
    const { dice, cluster } = world;
    await statistics.time('changing', () => this.change());
    const { place } = this.base;
    const [differential, full] = await statistics.time('capturing', () =>
      Promise.all([
        takeSnapshot(cluster, place, dice, { base: this.base }),
        takeSnapshot(cluster, place, dice, { asReader: true }),
      ]),
    );
    const contents = await statistics.time('comparing', () =>
      compareSnapshots(differential, full, { inAnyOrder: this.base.notes !== undefined }),
    );
    statistics.addSnapshot(differential.result, contents);
    if (cluster.summarises && differential.result.type === 'differential')
      await statistics.time('capturing', () => this.compareWithScan(differential));
    const expected = world.lineageBroken ? 'full' : 'differential';
    if (differential.result.type !== expected)
      throw new Difference(`the snapshot should have been a ${expected} one: ${contents.warnings.join('; ')}`);
    if (dice.onceIn(RESTORED)) {
      const excused = await statistics.time('restoring', () =>
        compareRestored(cluster, differential, full, world.directory),
      );
      for (const what of excused) statistics.count(statistics.excused, what);
      statistics.restores += 2;
    }
    this.newest = differential;
    if (expected === 'full' || dice.onceIn(NEW_BASE)) await statistics.time('capturing', () => this.takeBase());
    await statistics.time('restoring', () => this.standBy());
    await statistics.time('restoring', () => this.goBack());
  }

  /** What the server's log says was not written has to be the base's for whoever looks at it as well. */
  private async compareWithScan({ result: byLog }: TakenSnapshot): Promise<void> {
    const { world, base } = this;
    const { result: byScan } = await takeSnapshot(world.cluster, base.place, world.dice, { base, byScan: true });
    for (const count of ['segments', 'segmentsCarriedOver', 'bytesRead', 'bytesCarriedOver'] as const) {
      const [log, scan] = [byLog.database!.counts[count], byScan.database!.counts[count]];
      if (log !== scan) throw new Difference(`${count} is ${log} by the server's log, and ${scan} by looking`);
    }
    if (byLog.contentDigest !== byScan.contentDigest)
      throw new Difference("the server's log says otherwise than looking");
  }

  private async standBy(): Promise<void> {
    const { world, standbys, statistics, newest } = this;
    if (!world.dice.onceIn(STOOD_BY)) return;
    statistics.count(statistics.changes, `a standby is ${await standbys.stand(newest)}`);
  }

  /** Perhaps: to a snapshot, or to what was there before that. */
  private async goBack(): Promise<void> {
    const { world, rollbacks, statistics, base } = this;
    const { dice, lineageBroken } = world;
    const undoes = rollbacks.isUndoable && dice.onceIn(UNDONE);
    if (!undoes && !dice.onceIn(ROLLED_BACK)) return;
    const then = undoes
      ? await rollbacks.undo({ base, lineageBroken })
      : await rollbacks.rollBack(this.newest, { base, lineageBroken });
    if (!then) return statistics.count(statistics.changes, 'roll back in vain');
    statistics.count(statistics.changes, undoes ? 'undo' : `roll back${then.lineageBroken ? ' without notes' : ''}`);
    [this.base, world.lineageBroken] = [then.base, then.lineageBroken];
    // Of the state that is live now, in the place of its base.
    this.newest = then.base;
  }

  private async change(): Promise<void> {
    const { world, statistics } = this;
    await world.settle();
    for (let left = world.dice.below(MOST_CHANGES); left >= 0; left -= 1) {
      const change = world.dice.weighted(ALL_CHANGES);
      world.note(`-- ${change.name}`);
      statistics.count(statistics.changes, change.name);
      await change.run(world);
    }
  }

  private async takeBase(): Promise<void> {
    const { world, vaults } = this;
    const isNeeded = this.rollbacks.isUndoable;
    const place = await vaults.place(world.dice.onceIn(IN_PACKS) ? 'packs' : 'memory', { isNeeded });
    this.base = await takeSnapshot(world.cluster, place, world.dice);
    this.newest = this.base;
    if (!this.base.result.canBeBase) throw new Difference('nothing can be built on the new base');
    world.lineageBroken = false;
    world.note('-- a new base');
    this.statistics.bases += 1;
  }
}
