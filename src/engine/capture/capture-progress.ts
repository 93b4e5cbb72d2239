import type { ProgressSink } from '../progress.js';

/** From when on people are told how long the transaction of a capture is open: it holds back the server's vacuum. */
const LONG_MS = 60_000;

type Part = 'database' | 'filestore';

interface Counts {
  bytesDone: number;
  bytesTotal?: number;
  filesDone?: number;
  filesTotal?: number;
}

/**
 * Database and filestore are read side by side, but people follow one phase after the other: the
 * filestore's counts are shown from when the database is through.
 */
export class CaptureProgress {
  private readonly counts: Record<Part, Counts> = {
    database: { bytesDone: 0 },
    filestore: { bytesDone: 0, filesDone: 0 },
  };

  private heldSince?: number;

  /** `parts`: those that are captured, in the order in which they are shown. */
  constructor(
    private readonly sink: ProgressSink,
    private readonly parts: Part[],
  ) {}

  /** Since when (milliseconds since 1970) the database is read in one transaction. */
  holdSince(time: number): void {
    this.heldSince = time;
  }

  /** It is not any more. */
  release(): void {
    delete this.heldSince;
  }

  /** Totals are estimates: the size of a database is not that of its dump. */
  expect(part: Part, totals: { bytes: number; files?: number }): void {
    this.counts[part].bytesTotal = totals.bytes;
    if (totals.files !== undefined) this.counts[part].filesTotal = totals.files;
    this.report(part);
  }

  /** More is done; less, with a negative number, when something is read again. */
  advance(part: Part, done: { bytes?: number; files?: number }): void {
    const counts = this.counts[part];
    counts.bytesDone += done.bytes ?? 0;
    if (done.files !== undefined) counts.filesDone = (counts.filesDone ?? 0) + done.files;
    this.report(part);
  }

  /** What was done turns out to be all there was. */
  complete(part: Part): void {
    const counts = this.counts[part];
    counts.bytesTotal = counts.bytesDone;
    if (counts.filesDone !== undefined) counts.filesTotal = counts.filesDone;
    this.report(part);
    if (part !== this.parts[0] || this.parts.length === 1) return;
    this.parts.shift();
    this.report(this.parts[0]!);
  }

  private report(part: Part): void {
    if (part !== this.parts[0]) return;
    const { bytesDone, bytesTotal, filesDone, filesTotal } = this.counts[part];
    this.sink.report({
      phase: part,
      bytesDone,
      ...this.heldFor(part),
      ...(bytesTotal !== undefined && { bytesTotal: Math.max(bytesTotal, bytesDone) }),
      ...(filesDone !== undefined && { filesDone }),
      ...(filesTotal !== undefined && { filesTotal: Math.max(filesTotal, filesDone ?? 0) }),
    });
  }

  private heldFor(part: Part): { message?: string } {
    if (part !== 'database' || this.heldSince === undefined) return {};
    const ms = Date.now() - this.heldSince;
    return ms < LONG_MS ? {} : { message: `The transaction is open for ${Math.floor(ms / 1000)} s.` };
  }
}
