import type { Terminal } from '../output/terminal.js';
import { LiveLines } from './live-lines.js';
import { progressLine, progressLogLine } from './progress-line.js';
import type { ShownProgress, WorkProgress } from './shown-progress.js';

/** In a log a line is printed when the phase changes, and otherwise at most this often. */
const LOG_EVERY_MS = 10_000;
/** A terminal is written to at most this often. */
const LIVE_EVERY_MS = 100;

/** One line that is written over on a terminal; lines that stay in a log of a pipeline; nothing for who wants quiet. */
export function progressFor(terminal: Terminal, quiet: boolean, now: () => number = Date.now): ShownProgress {
  if (quiet) return { show: () => undefined, end: () => undefined };
  return terminal.isLive ? new LiveProgress(terminal, now) : new LoggedProgress(terminal, now);
}

class LiveProgress implements ShownProgress {
  private readonly lines: LiveLines;
  private shownAt = -Infinity;

  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number,
  ) {
    this.lines = new LiveLines(terminal);
  }

  show(progress: WorkProgress): void {
    if (!progress.final && this.now() - this.shownAt < LIVE_EVERY_MS) return;
    this.shownAt = this.now();
    this.lines.show([progressLine(progress, this.terminal.errColumns - 1)]);
  }

  end(): void {
    this.lines.end();
  }
}

class LoggedProgress implements ShownProgress {
  private phase: string | undefined;
  private shownAt = -Infinity;

  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number,
  ) {}

  show(progress: WorkProgress): void {
    const phase = progress.phase ?? progress.status;
    if (phase === this.phase && this.now() - this.shownAt < LOG_EVERY_MS) return;
    this.phase = phase;
    this.shownAt = this.now();
    this.terminal.err(progressLogLine(progress));
  }

  end(): void {
    // What was printed stays.
  }
}
