import type { Announcement } from './announcements.js';

interface Known {
  /** Paths of each attempt that was begun. */
  attempts: Map<string, string[]>;
  /** The attempts of which one has to be there: the acknowledged one, and those begun since. Empty before. */
  promised: Set<string>;
  deletion: 'none' | 'begun' | 'done';
}

/** What children were promised, and so what has to be true whenever one is killed. */
export class Ledger {
  private readonly snapshots = new Map<string, Known>();
  readonly counts: Record<string, { begun: number; done: number; failed: number }> = {};

  note(announcement: Announcement): void {
    if (!('what' in announcement)) return;
    const { say, what } = announcement;
    const count = (this.counts[what] ??= { begun: 0, done: 0, failed: 0 });
    count[say === 'begin' ? 'begun' : say] += 1;
    if (!('snapshotId' in announcement)) return;
    const known = this.of(announcement.snapshotId);
    if (announcement.what === 'delete') known.deletion = announcement.say === 'done' ? 'done' : 'begun';
    else if (announcement.say === 'done') known.promised = new Set([announcement.attempt]);
    else {
      known.attempts.set(announcement.attempt, announcement.paths);
      if (known.promised.size > 0) known.promised.add(announcement.attempt);
    }
  }

  get deleted(): string[] {
    return [...this.snapshots].filter(([, { deletion }]) => deletion === 'done').map(([id]) => id);
  }

  /** What is wrong with what is published: each snapshot with the attempt its header names. Sentences. */
  *broken(published: ReadonlyMap<string, string>): Generator<string> {
    for (const [id, { deletion, promised }] of this.snapshots) {
      const attempt = published.get(id);
      if (deletion === 'done' && attempt !== undefined)
        yield `Snapshot ${id} is there, and its deletion was acknowledged.`;
      if (deletion !== 'none' || promised.size === 0) continue;
      if (attempt === undefined) yield `Snapshot ${id} is not there, and its publication was acknowledged.`;
      else if (!promised.has(attempt)) yield `Snapshot ${id} is an older attempt than the one that was acknowledged.`;
    }
    for (const [id, attempt] of published) {
      if (!this.of(id).attempts.has(attempt)) yield `Nobody captured snapshot ${id} (attempt ${attempt}).`;
    }
  }

  /** What an attempt has to hold. */
  pathsOf(snapshotId: string, attempt: string): readonly string[] {
    return this.of(snapshotId).attempts.get(attempt) ?? [];
  }

  private of(snapshotId: string): Known {
    let known = this.snapshots.get(snapshotId);
    if (known === undefined)
      this.snapshots.set(snapshotId, (known = { attempts: new Map(), promised: new Set(), deletion: 'none' }));
    return known;
  }
}
