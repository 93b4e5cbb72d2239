import { Writable } from 'node:stream';

/** Colours, and nothing else of what moves about on a terminal. */
// oxlint-disable-next-line no-control-regex -- they begin with one
const COLOURS = /\x1b\[[\d;]*m/g;

/** A terminal as whoever asks questions there has it: what they write is shown as all else is, and without colours where nobody wants any. */
export class Questions extends Writable {
  private readonly shown: (text: string) => string;
  private plain: boolean;

  constructor(
    private readonly terminal: NodeJS.WriteStream,
    { shown, plain }: { shown: (text: string) => string; plain: boolean },
  ) {
    super({ decodeStrings: false });
    this.shown = shown;
    this.plain = plain;
    terminal.on('resize', () => this.emit('resize'));
  }

  get isTTY(): boolean {
    return this.terminal.isTTY;
  }

  get columns(): number {
    return this.terminal.columns;
  }

  get rows(): number {
    return this.terminal.rows;
  }

  withoutColours(): void {
    this.plain = true;
  }

  override _write(text: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    const shown = this.shown(text.toString());
    this.terminal.write(this.plain ? shown.replace(COLOURS, '') : shown);
    done();
  }
}
