import { cut } from '../output/fitted.js';
import type { Terminal } from '../output/terminal.js';

/** Erases from the cursor to the end of the screen. */
const ERASE_BELOW = '\x1b[J';
const up = (lines: number) => (lines === 0 ? '\r' : `\x1b[${lines}A\r`);

/** A few lines at the bottom of a terminal that are written over; whatever else is printed meanwhile comes above them. */
export class LiveLines {
  private shown: readonly string[] = [];

  constructor(private readonly terminal: Terminal) {
    terminal.keepAbove((write) => {
      const lines = this.shown;
      this.erase();
      write();
      this.show(lines);
    });
  }

  /** In place of those before. A line too long for the terminal would wrap, and could not be written over: it is cut. */
  show(lines: readonly string[]): void {
    const width = this.terminal.errColumns - 1;
    const text = lines.map((line) => cut(line, width)).join('\n');
    this.terminal.errRaw(`${this.back()}${ERASE_BELOW}${text}`);
    this.shown = lines;
  }

  end(): void {
    this.erase();
    this.terminal.keepAbove(undefined);
  }

  private erase(): void {
    if (this.shown.length > 0) this.terminal.errRaw(`${this.back()}${ERASE_BELOW}`);
    this.shown = [];
  }

  private back(): string {
    return this.shown.length === 0 ? '' : up(this.shown.length - 1);
  }
}
