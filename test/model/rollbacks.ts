import { randomUUID } from 'node:crypto';
import { gatherDatabaseFacts } from '../../src/engine/postgres/databases/database-facts.js';
import { stage } from '../../src/engine/restore/staging/stage.js';
import { MemoryNotes } from '../harness/memory-notes.js';
import type { Standbys } from './standbys.js';
import { quietly, type Ground, type TakenSnapshot } from './snapshots.js';
import type { World } from './world.js';

/** What the next differential builds on, and whether anything can be built on it. */
export interface Standing {
  base: Ground;
  lineageBroken: boolean;
}

/** Puts earlier states in place as a rollback does: the one that was live is kept, and comes back when that is undone. */
export class Rollbacks {
  private kept: (Standing & { name: string }) | undefined;

  constructor(
    private readonly world: World,
    private readonly standbys: Standbys,
  ) {}

  get isUndoable(): boolean {
    return this.kept !== undefined;
  }

  /** Undefined when it could not be restored, of which others take care: nothing has changed then. */
  async rollBack(to: TakenSnapshot, { base, lineageBroken }: Standing): Promise<Standing | undefined> {
    const { world } = this;
    const { cluster } = world;
    const restored = (await this.standbys.take(to)) ?? (await this.stage(to));
    if (restored === undefined) return undefined;
    const { shadow, notes } = restored;
    const name = `${shadow}_kept`.slice(-60);
    if (this.kept) await cluster.drop(this.kept.name);
    await this.swap(name, shadow);
    this.kept = { name, base, lineageBroken };
    world.note(`-- rolled back to ${to.snapshotId}${notes.marked ? '' : ', and nothing can be built on it'}`);
    return { base: { ...to, notes: notes.asRead() }, lineageBroken: notes.marked === undefined };
  }

  private async stage(to: TakenSnapshot): Promise<{ shadow: string; notes: MemoryNotes } | undefined> {
    const { cluster } = this.world;
    const notes = new MemoryNotes();
    const like = await gatherDatabaseFacts(cluster.live);
    const { vault, project } = to.place;
    const database = { address: cluster.live, like, keepOwnersAndPrivileges: true, sessions: 2 };
    const request = { project, snapshotId: to.snapshotId, attemptId: randomUUID(), notes, database };
    try {
      return { shadow: (await stage(request, vault, quietly)).database!.names.shadow, notes };
    } catch (error) {
      this.world.note(`-- not rolled back: ${(error as Error).message}`);
      return undefined;
    }
  }

  async undo(now: Standing): Promise<Standing> {
    const { name, ...then } = this.kept!;
    const another = name.endsWith('a') ? `${name.slice(0, -1)}b` : `${name.slice(0, -1)}a`;
    await this.swap(another, name);
    this.kept = { name: another, ...now };
    this.world.note('-- the rollback is undone');
    return then;
  }

  private async swap(kept: string, live: string): Promise<void> {
    const { world } = this;
    await world.endAll();
    await world.disconnect();
    await world.cluster.swap(kept, live);
    await world.connect();
  }
}
