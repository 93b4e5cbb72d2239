import type { CaptureResult } from '../../src/engine/capture/capture.js';
import type { SnapshotContents } from './read-snapshot.js';

/** What a run has tried. */
export class Statistics {
  rounds = 0;
  bases = 0;
  restores = 0;
  segments = { unwritten: 0, carriedOver: 0, readAfterTest: 0, readWithoutTest: 0 };
  /** Why the server's log said nothing. */
  readonly logReasons = new Map<string, number>();
  readonly types = { full: 0, differential: 0 };
  readonly reasons = new Map<string, number>();
  /** What a restore did not bring back, and pg_dump with pg_restore neither. */
  readonly excused = new Map<string, number>();
  readonly changes = new Map<string, number>();
  readonly milliseconds = { changing: 0, capturing: 0, comparing: 0, restoring: 0 };

  async time<T>(what: keyof Statistics['milliseconds'], work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.milliseconds[what] += performance.now() - begun;
    }
  }

  count(map: Map<string, number>, key: string): void {
    map.set(key, (map.get(key) ?? 0) + 1);
  }

  addSnapshot(result: CaptureResult, contents: SnapshotContents): void {
    this.types[result.type] += 1;
    if (result.type === 'full') {
      const why = contents.warnings.find((warning) => warning.startsWith('differential-not-possible'));
      this.count(this.reasons, `a whole snapshot: ${why ?? 'no reason'}`);
      return;
    }
    this.segments.unwritten += result.database!.counts.segmentsUnwritten;
    const { logReason } = result.database!;
    if (logReason !== undefined) this.count(this.logReasons, logReason);
    for (const { entry, segments } of contents.tables.values()) {
      const carried = segments.filter(({ carriedOver }) => carriedOver).length;
      this.segments.carriedOver += carried;
      if (entry.reason === undefined) this.segments.readAfterTest += segments.length - carried;
      else this.segments.readWithoutTest += segments.length;
      if (entry.reason !== undefined) this.count(this.reasons, entry.reason);
    }
  }

  report(outcomes: { accepted: number; refused: number }): string {
    const { unwritten, carriedOver, readAfterTest, readWithoutTest } = this.segments;
    const seconds = Object.entries(this.milliseconds).map(([what, spent]) => `${what} ${(spent / 1000).toFixed(1)}`);
    const total = Object.values(this.milliseconds).reduce((sum, spent) => sum + spent, 0) / 1000;
    const descending = (map: Map<string, number>) => [...map].toSorted((a, b) => b[1] - a[1]);
    return [
      `rounds ${this.rounds} (${(this.rounds / total).toFixed(2)} a second), bases ${this.bases}, restores ${this.restores}`,
      `snapshots: ${this.types.differential} differential, ${this.types.full} full although there was a base`,
      `segments: ${carriedOver + readAfterTest} tested, ${carriedOver} of them carried over; ${readWithoutTest} read without a test`,
      `${unwritten} of them by the server's log alone`,
      ...descending(this.logReasons).map(([reason, count]) => `  ${count} × not asked: ${reason}`),
      `statements: ${outcomes.accepted} accepted, ${outcomes.refused} refused`,
      `seconds: ${seconds.join(', ')}`,
      'why tables were read:',
      ...descending(this.reasons).map(([reason, count]) => `  ${count} × ${reason}`),
      ...descending(this.excused).map(([what, count]) => `not compared with the live database: ${count} × ${what}`),
      `changes: ${descending(this.changes)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}`,
    ].join('\n');
  }
}
