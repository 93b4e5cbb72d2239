const NEWLINE = 0x0a;
const QUOTE = 0x27;
const DOUBLE = 0x22;
const DOLLAR = 0x24;
const DASH = 0x2d;
const SLASH = 0x2f;
const STAR = 0x2a;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

/** Of a line that is looked at; what is looked for is shorter. */
const SEEN_BYTES = 4096;

/** What a scanner meets. Offsets count bytes from the first one it was given. */
export interface SqlEvents {
  /** A line that began outside of quotes and comments: its beginning, where it begins, and where the next one does. */
  onLine?(line: Buffer, from: number, to: number): void;
  /** A semicolon outside of quotes and comments; the offset behind it. */
  onSemicolon?(to: number): void;
}

type State = 'plain' | 'quote' | 'escape' | 'double' | 'tag' | 'dollar' | 'line-comment' | 'block-comment';

/**
 * Tells in SQL text, as `pg_restore` writes it, what stands outside of quotes: text that only looks like SQL, in the body of a
 * function or a comment, is somebody's. Works on bytes, in any encoding a server can have: in those, no part of a longer character
 * is an ASCII one. Keeps a beginning of the present line, and nothing else.
 */
export class SqlScanner {
  private state: State = 'plain';
  private offset = 0;
  private before = 0;
  private beforeThat = 0;
  private depth = 0;
  /** Between two dollar signs. */
  private tag: number[] = [];
  private matched = 0;
  private line: number[] | undefined = [];
  private lineFrom = 0;

  constructor(private readonly events: SqlEvents) {}

  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at]!;
      if (byte === NEWLINE) this.endLine();
      else if (this.line && this.line.length < SEEN_BYTES) this.line.push(byte);
      this.take(byte);
      this.beforeThat = this.before;
      this.before = byte;
      this.offset += 1;
      if (byte === NEWLINE) this.beginLine();
    }
  }

  /** To be called after the last bytes: the last line may have no end. */
  end(): void {
    if (this.line && this.line.length > 0) this.endLine();
  }

  private endLine(): void {
    if (this.line) this.events.onLine?.(Buffer.from(this.line), this.lineFrom, this.offset + 1);
    this.line = undefined;
  }

  private beginLine(): void {
    this.lineFrom = this.offset;
    this.line = this.state === 'plain' ? [] : undefined;
  }

  private take(byte: number): void {
    switch (this.state) {
      case 'plain':
        return this.takePlain(byte);
      case 'quote':
        if (byte === QUOTE) this.state = 'plain';
        return;
      case 'escape':
        // A backslash takes the next character with it, itself included.
        if (this.depth === 1) this.depth = 0;
        else if (byte === BACKSLASH) this.depth = 1;
        else if (byte === QUOTE) this.state = 'plain';
        return;
      case 'double':
        if (byte === DOUBLE) this.state = 'plain';
        return;
      case 'tag':
        return this.takeTag(byte);
      case 'dollar':
        return this.takeDollar(byte);
      case 'line-comment':
        if (byte === NEWLINE) this.state = 'plain';
        return;
      case 'block-comment':
        return this.takeBlockComment(byte);
    }
  }

  private takePlain(byte: number): void {
    if (byte === QUOTE) {
      const isEscape = (this.before | 0x20) === 0x65 && !isNamePart(this.beforeThat);
      this.state = isEscape ? 'escape' : 'quote';
      this.depth = 0;
    } else if (byte === DOUBLE) this.state = 'double';
    else if (byte === DASH && this.before === DASH) this.state = 'line-comment';
    else if (byte === STAR && this.before === SLASH) {
      this.state = 'block-comment';
      this.depth = 1;
      this.before = 0;
    } else if (byte === DOLLAR && !isNamePart(this.before)) {
      this.state = 'tag';
      this.tag = [];
    } else if (byte === SEMICOLON) this.events.onSemicolon?.(this.offset + 1);
  }

  private takeTag(byte: number): void {
    if (byte === DOLLAR) {
      this.state = 'dollar';
      this.matched = 0;
    } else if (isNamePart(byte) && !(this.tag.length === 0 && isDigit(byte))) this.tag.push(byte);
    else {
      // A parameter, or a dollar sign of an operator.
      this.state = 'plain';
      this.takePlain(byte);
    }
  }

  /** Looks for the same tag again: a dollar sign, the tag, a dollar sign. */
  private takeDollar(byte: number): void {
    const expected = this.matched === 0 || this.matched > this.tag.length ? DOLLAR : this.tag[this.matched - 1];
    if (byte !== expected) this.matched = byte === DOLLAR ? 1 : 0;
    else if (this.matched > this.tag.length) this.state = 'plain';
    else this.matched += 1;
  }

  private takeBlockComment(byte: number): void {
    if (byte === SLASH && this.before === STAR) this.depth -= 1;
    else if (byte === STAR && this.before === SLASH) this.depth += 1;
    else return;
    if (this.depth === 0) this.state = 'plain';
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isNamePart(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x7a) || byte === 0x5f || byte === DOLLAR || byte >= 0x80;
}
