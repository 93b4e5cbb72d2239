import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { gatherDatabaseFacts } from '../../src/engine/postgres/databases/database-facts.js';
import { buildStandby, removeStandby, type StandbyRequest } from '../../src/engine/restore/standby/build-standby.js';
import type { BuiltStandby } from '../../src/engine/restore/standby/built-standby.js';
import { RefreshInDoubt } from '../../src/engine/restore/standby/refresh-in-doubt.js';
import { refreshStandby } from '../../src/engine/restore/standby/refresh-standby.js';
import { takeStandby } from '../../src/engine/restore/standby/take-standby.js';
import { openToLook } from '../harness/restore-into.js';
import { MemoryNotes } from '../harness/memory-notes.js';
import { Difference } from './compare-snapshots.js';
import { contentsOf } from './contents.js';
import { quietly, type TakenSnapshot } from './snapshots.js';
import type { World } from './world.js';

interface Standing {
  of: TakenSnapshot;
  standbyId: string;
  built: BuiltStandby;
  notes: MemoryNotes;
}

/** Once in so many refreshes, what came of it is held against what is built anew; it is not one that can be used after that. */
const LOOKED_AT = 2;

/** The standby of the model's environment: built, made into that of later snapshots, and swapped in. */
export class Standbys {
  private ready: Standing | undefined;

  constructor(private readonly world: World) {}

  /** Of this snapshot there is one afterwards, unless nothing can be built of it. Resolves to what was done, in a word. */
  async stand(of: TakenSnapshot): Promise<string> {
    const older = this.ready;
    this.ready = undefined;
    if (older === undefined) {
      this.ready = await this.build(of);
      return this.ready ? 'built' : 'not built';
    }
    const refreshed = older.of.place === of.place ? await this.refresh(older, of) : undefined;
    if (refreshed === undefined) {
      await this.remove(older);
      return 'not refreshed';
    }
    if (!this.world.dice.onceIn(LOOKED_AT)) this.ready = refreshed;
    else await this.hold(refreshed);
    return 'refreshed';
  }

  /** The name of its database, and what was noted of it; undefined when there is none of that snapshot. */
  async take(of: TakenSnapshot): Promise<{ shadow: string; notes: MemoryNotes } | undefined> {
    const { ready, world } = this;
    if (ready?.of.snapshotId !== of.snapshotId) return undefined;
    this.ready = undefined;
    const like = await gatherDatabaseFacts(world.cluster.live);
    const database = { address: world.cluster.live, like, properties: 'live' as const };
    const taken = await takeStandby(ready.built, { attemptId: randomUUID(), database }, quietly.signal);
    if (!('code' in taken)) return { shadow: ready.built.database!.name, notes: ready.notes };
    world.note(`-- the standby is of no use: ${taken.message}`);
    await this.remove(ready);
    return undefined;
  }

  private async build(of: TakenSnapshot): Promise<Standing | undefined> {
    const request = await this.request(of);
    try {
      const { built } = await buildStandby(request, of.place.vault, quietly);
      return { of, standbyId: request.standbyId, built, notes: request.notes };
    } catch (error) {
      this.world.note(`-- no standby: ${(error as Error).message}`);
      return undefined;
    }
  }

  private async refresh({ built, of: { snapshotId }, standbyId }: Standing, of: TakenSnapshot) {
    const request = await this.request(of);
    const context = { ...quietly, begin: async () => undefined };
    const refreshed = await refreshStandby({ snapshotId, built }, request, of.place.vault, context);
    if (refreshed instanceof RefreshInDoubt) return undefined;
    return { of, standbyId, built: refreshed.built, notes: request.notes };
  }

  /** Throws a `Difference` unless it is what comes of its snapshot when everything is built anew. Both are gone then. */
  private async hold(refreshed: Standing): Promise<void> {
    const anew = await this.build(refreshed.of);
    if (anew === undefined) throw new Difference('of a standby that was refreshed, nothing can be built anew');
    const [found, expected] = [await this.look(refreshed), await this.look(anew)];
    for (const what of Object.keys(expected))
      if (!isDeepStrictEqual(found[what], expected[what]))
        throw new Difference(`${what} of a refreshed standby differ`);
    await this.remove(refreshed);
    await this.remove(anew);
  }

  private async look({ built }: Standing): Promise<Record<string, unknown>> {
    const database = built.database!.name;
    return contentsOf(await openToLook({ ...this.world.cluster.live, database }));
  }

  private async remove({ of, standbyId }: Standing): Promise<void> {
    const left = await removeStandby({ ...(await this.request(of)), standbyId });
    if (left.length > 0) throw new Difference(`of a standby is left: ${left.join(' ')}`);
  }

  private async request({
    place: { project },
    snapshotId,
  }: TakenSnapshot): Promise<StandbyRequest & { notes: MemoryNotes }> {
    const { live } = this.world.cluster;
    const like = await gatherDatabaseFacts(live);
    const database = { address: live, like, sessions: 1 };
    return { project, snapshotId, standbyId: randomUUID(), notes: new MemoryNotes(), database };
  }
}
