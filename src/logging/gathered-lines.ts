import pino from 'pino';

/** How long a line may wait for others (milliseconds): what a process that is killed may leave unsaid. */
const GATHER_MS = 10;
/** More are not gathered (characters). */
const MOST_GATHERED = 64 * 1024;
/** `warn`, as pino counts: from there on a line may be the last one. */
const SAID_AT_ONCE = 40;

/**
 * Writes lines together that come together: with one for each request, writing costs more than making them. Whatever is a
 * warning or more is written at once, with all that came before it; the rest after some milliseconds, or when the process ends by itself.
 */
export class GatheredLines {
  /** Has pino say in `lastLevel` how grave the line is that comes next. */
  readonly [pino.symbols.needsMetadataGsym] = true;
  lastLevel = 0;
  private lines = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly destination: { write(lines: string): unknown }) {
    process.once('exit', this.flush);
  }

  write(line: string): void {
    this.lines += line;
    if (this.lastLevel >= SAID_AT_ONCE || this.lines.length >= MOST_GATHERED) this.flush();
    else this.timer ??= setTimeout(this.flush, GATHER_MS).unref();
  }

  private readonly flush = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
    const lines = this.lines;
    this.lines = '';
    if (lines !== '') this.destination.write(lines);
  };
}
