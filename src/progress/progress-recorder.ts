import type { SnapshotProgress } from '../contract/generated/types.gen.js';
import type { ProgressSink, ProgressUpdate } from '../engine/progress.js';

/** The shortest time between two recorded events of one subject, unless the phase changes. */
const MIN_INTERVAL_MS = 400;
/** The rate is measured over about this long. */
const RATE_WINDOW_MS = 3000;

type Phase = ProgressUpdate['phase'];

/** What a recorder hands on: the figures that the contract has of everything that is worked on, and the phase they belong to. */
export type Figures = Omit<SnapshotProgress, 'snapshotId' | 'status' | 'phase' | 'failure' | 'final'> & {
  phase: Phase;
};

/**
 * Turns the engine's many reports into a few events: throttled, with percent, rate and remaining time.
 * `weights` says which share of the whole each phase is, in the order in which they run; `publish` is
 * called for one event at a time.
 */
export class ProgressRecorder implements ProgressSink {
  private readonly latest = new Map<Phase, ProgressUpdate>();
  private readonly samples: { at: number; bytes: number }[] = [];
  private readonly totalWeight: number;
  private percent = 0;
  private current: Phase | undefined;
  private publishedAt = Number.NEGATIVE_INFINITY;
  private pending: NodeJS.Timeout | undefined;
  private publishing: Promise<void> = Promise.resolve();
  private closed = false;
  private readonly spent = new Map<string, number>();
  private phaseSince = 0;

  constructor(
    private readonly weights: ReadonlyMap<Phase, number>,
    private readonly publish: (figures: Figures) => Promise<void>,
    private readonly now: () => number = Date.now,
  ) {
    this.totalWeight = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  }

  report(update: ProgressUpdate): void {
    if (this.closed) return;
    const changed = update.phase !== this.current && !this.latest.has(update.phase);
    this.countTime();
    this.current = update.phase;
    // Figures last until there are newer ones; what was being done a report ago is over.
    this.latest.set(update.phase, { ...this.latest.get(update.phase), message: '', ...update });
    if (changed) this.samples.length = 0;
    const wait = changed ? 0 : this.publishedAt + MIN_INTERVAL_MS - this.now();
    if (wait <= 0) this.emit();
    else this.pending ??= setTimeout(() => this.emit(), wait);
  }

  /** The figures as they are now. */
  figures(): Figures {
    const phase = this.current ?? [...this.weights.keys()][0] ?? 'prepare';
    const update = this.latest.get(phase) ?? { phase };
    const rate = this.rate(update.bytesDone ?? 0);
    const left = update.bytesTotal === undefined ? null : Math.max(0, update.bytesTotal - (update.bytesDone ?? 0));
    this.percent = Math.max(this.percent, this.percentNow());
    return {
      phase,
      percent: this.percent,
      bytesDone: update.bytesDone ?? 0,
      bytesTotal: update.bytesTotal ?? null,
      filesDone: update.filesDone ?? 0,
      filesTotal: update.filesTotal ?? null,
      bytesPerSecond: rate,
      remainingSeconds: left === null || !rate ? null : Math.round((left / rate) * 10) / 10,
      message: update.message ?? '',
      at: new Date(this.now()).toISOString(),
    };
  }

  /** Seconds that were spent in each phase so far: of two at a time, the one that was heard of last. */
  phaseSeconds(): ReadonlyMap<string, number> {
    this.countTime();
    return this.spent;
  }

  private countTime(): void {
    const now = this.now();
    const { current } = this;
    if (current !== undefined)
      this.spent.set(current, (this.spent.get(current) ?? 0) + Math.max(0, now - this.phaseSince) / 1000);
    this.phaseSince = now;
  }

  /** Waits for what is being written and records nothing more, so that the final event comes last. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.pending);
    await this.publishing;
  }

  private emit(): void {
    clearTimeout(this.pending);
    this.pending = undefined;
    this.publishedAt = this.now();
    const figures = this.figures();
    // Progress that cannot be recorded must not stop the work it is about.
    this.publishing = this.publishing.then(() => this.publish(figures)).catch(() => undefined);
  }

  /** Phases before the newest one that has begun are over, whatever their totals said. */
  private percentNow(): number {
    const order = [...this.weights.keys()];
    const furthest = Math.max(...[...this.latest.keys()].map((phase) => order.indexOf(phase)));
    let done = 0;
    for (const [index, phase] of order.entries()) {
      const weight = this.weights.get(phase) ?? 0;
      done += weight * (index < furthest && !this.runsBeside(phase) ? 1 : fraction(this.latest.get(phase)));
    }
    return this.totalWeight === 0 ? 0 : Math.min(99, Math.round((done / this.totalWeight) * 1000) / 10);
  }

  /** Database and filestore are captured at the same time: neither is over because the other began. */
  private runsBeside(phase: Phase): boolean {
    return phase === 'database' && !this.latest.has('publish');
  }

  private rate(bytes: number): number | null {
    const at = this.now();
    this.samples.push({ at, bytes });
    while (this.samples.length > 2 && at - (this.samples[0]?.at ?? at) > RATE_WINDOW_MS) this.samples.shift();
    const first = this.samples[0];
    if (first === undefined || at === first.at || bytes < first.bytes) return null;
    return Math.round(((bytes - first.bytes) * 1000) / (at - first.at));
  }
}

function fraction(update: ProgressUpdate | undefined): number {
  if (update === undefined) return 0;
  const { bytesDone = 0, bytesTotal, filesDone = 0, filesTotal } = update;
  if (bytesTotal !== undefined && bytesTotal > 0) return Math.min(1, bytesDone / bytesTotal);
  if (filesTotal !== undefined && filesTotal > 0) return Math.min(1, filesDone / filesTotal);
  return 0;
}
