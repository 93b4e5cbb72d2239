import { isUtf8Locale, plainAscii } from './plain-ascii.js';
import { Questions } from './questions.js';

/** Where the program reads and writes. What is asked for goes to `out`; progress, questions and troubles go to `err`, so that a pipe gets only the former. */
export class Terminal {
  readonly ascii: boolean;
  /** Somebody is there who can answer a question. */
  readonly canAsk: boolean;
  /** What is written to `err` can be written over. */
  readonly isLive: boolean;
  /** Where questions are shown. */
  readonly questions: Questions;
  private plain: boolean;
  private outIsGone = false;
  private errIsGone = false;
  private trouble: Error | undefined;
  /** Takes the lines of whoever shows something that is written over, while that is shown. */
  private above: ((write: () => void) => void) | undefined;

  constructor(
    private readonly environment: NodeJS.ProcessEnv = process.env,
    private readonly stdout: NodeJS.WriteStream = process.stdout,
    private readonly stderr: NodeJS.WriteStream = process.stderr,
    stdin: NodeJS.ReadStream = process.stdin,
  ) {
    this.ascii = !isUtf8Locale(environment);
    const isDumb = environment['TERM'] === 'dumb' || isSet(environment['CI']);
    this.isLive = stderr.isTTY === true && !isDumb;
    this.canAsk = stdin.isTTY === true && stderr.isTTY === true && !isSet(environment['CI']);
    // Whatever it is set to: https://no-color.org.
    this.plain = (environment['NO_COLOR'] ?? '') !== '';
    this.questions = new Questions(stderr, {
      shown: (text) => this.shown(text.replaceAll(CURSOR, this.ascii ? '_' : CURSOR)),
      plain: this.plain,
    });
    // Whoever reads has enough, or the terminal is closed. Work that is waited for goes on, and its end is still what the program exits with.
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      this.outIsGone = true;
      if (!NOBODY_READS.includes(error.code ?? '')) this.trouble ??= error;
    });
    stderr.on('error', () => (this.errIsGone = true));
  }

  /** How wide a line may be: as the terminal is, and as it needs to be in a pipe or a file. */
  get columns(): number {
    return this.widthOf(this.stdout);
  }

  get errColumns(): number {
    return this.widthOf(this.stderr);
  }

  /** What is written to `out` stands on a screen. */
  get isShown(): boolean {
    return this.stdout.isTTY === true;
  }

  /** What is written to `out` may have colours. */
  get hasColours(): boolean {
    return this.isShown && !this.plain && this.environment['TERM'] !== 'dumb';
  }

  withoutColours(): void {
    this.plain = true;
    this.questions.withoutColours();
  }

  /** Nobody reads what is written to `out` any more. */
  get isUnread(): boolean {
    return this.outIsGone;
  }

  /** Nobody reads what is written to `err` any more. */
  get isUnwatched(): boolean {
    return this.errIsGone;
  }

  /** Why what was asked for is not all there: a disk is full, for one. */
  get lost(): Error | undefined {
    return this.trouble;
  }

  out(text: string): void {
    if (!this.outIsGone) this.pausingLive(() => this.stdout.write(`${this.shown(text)}\n`));
  }

  /** What is no text, as it is. Resolves when more may come, also when nobody reads it any more. */
  async outBytes(bytes: Uint8Array): Promise<void> {
    if (!this.outIsGone) await new Promise<void>((resolve) => this.stdout.write(bytes, () => resolve()));
  }

  err(text: string): void {
    this.pausingLive(() => this.stderr.write(`${this.shown(text)}\n`));
  }

  /** As it is, without an end of line: for what writes over itself. */
  errRaw(text: string): void {
    this.stderr.write(this.shown(text));
  }

  /** Until it is called with undefined, other lines are written by way of `above`. */
  keepAbove(above: ((write: () => void) => void) | undefined): void {
    this.above = above;
  }

  private pausingLive(write: () => void): void {
    if (this.above === undefined) write();
    else this.above(write);
  }

  private shown(text: string): string {
    return this.ascii ? plainAscii(text) : text;
  }

  private widthOf(stream: NodeJS.WriteStream): number {
    const told = Number(this.environment['COLUMNS']);
    const columns = stream.columns ?? (Number.isInteger(told) && told > 0 ? told : Infinity);
    // Nothing can be read in less; and a terminal that does not know how wide it is says 0.
    return columns === 0 ? Infinity : Math.max(columns, 20);
  }
}

/** What questions show where the next character comes to stand. */
const CURSOR = '█';
/** What writing says when the other side is closed: a pipe, a terminal. */
const NOBODY_READS = ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'];

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
