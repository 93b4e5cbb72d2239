import { widthOf } from '../output/fitted.js';
import { visible } from '../output/visible.js';
import type { Invocation } from '../invocation.js';
import { LiveLines } from '../progress/live-lines.js';
import { progressLine } from '../progress/progress-line.js';
import type { WatchDisplay } from './watch-display.js';
import { endOf, stateOf, titleOf } from './watched-operation.js';
import type { WatchedOperation } from './watched-operation.js';

/** Below this a line of progress says nothing. */
const NARROWEST = 20;

/** A line for each operation, written over; what has ended stays above them. */
export class OperationsScreen implements WatchDisplay {
  private readonly lines: LiveLines;

  constructor(private readonly run: Invocation) {
    this.lines = new LiveLines(run.terminal);
  }

  get isUnread(): boolean {
    return this.run.terminal.isUnwatched;
  }

  show(watched: readonly WatchedOperation[]): void {
    const lines = watched.map((each) => this.line(each));
    this.lines.show(lines.length === 0 ? ['Nothing runs, and nothing hangs.'] : lines);
  }

  ended(watched: WatchedOperation): void {
    this.run.terminal.err(visible(`${titleOf(watched)}: ${endOf(watched)}`));
  }

  close(): void {
    this.lines.end();
  }

  private line(watched: WatchedOperation): string {
    const title = visible(titleOf(watched));
    const left = this.run.terminal.errColumns - widthOf(title) - 3;
    const state =
      watched.progress === undefined ? stateOf(watched) : progressLine(watched.progress, Math.max(NARROWEST, left));
    return `${title}  ${state}`;
  }
}
