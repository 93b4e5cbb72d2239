import { visible } from '../output/visible.js';
import type { Invocation } from '../invocation.js';
import { progressLogLine } from '../progress/progress-line.js';
import type { WatchDisplay } from './watch-display.js';
import { endOf, stateOf, titleOf } from './watched-operation.js';
import type { WatchedOperation } from './watched-operation.js';

/** A line, or for programs a document, whenever the state or the phase of an operation is another one. */
export class OperationsLog implements WatchDisplay {
  private readonly told = new Map<string, string>();

  constructor(private readonly run: Invocation) {}

  get isUnread(): boolean {
    return this.run.terminal.isUnread;
  }

  show(watched: readonly WatchedOperation[]): void {
    for (const each of watched) {
      const { operation, progress } = each;
      const state = `${operation.state} ${progress?.phase ?? progress?.status ?? ''}`;
      if (this.told.get(operation.id) === state) continue;
      this.told.set(operation.id, state);
      this.tell(each, progress === undefined ? stateOf(each) : progressLogLine(progress));
    }
  }

  ended(watched: WatchedOperation): void {
    this.told.delete(watched.operation.id);
    this.tell(watched, endOf(watched));
  }

  close(): void {
    // What was printed stays.
  }

  private tell(watched: WatchedOperation, state: string): void {
    const { printer, terminal } = this.run;
    if (printer.quiet) return;
    if (printer.format === 'table') terminal.out(visible(`${titleOf(watched)}: ${state}`));
    else printer.data({ ...watched.operation, progress: watched.progress ?? null });
  }
}
