const LINE_END = 0x0a;
/** Nothing longer can be a comment that is looked for; a function's body may be all in one line. */
const LONGEST_LINE = 65_536;

/**
 * Reads who owns each entry from the comments in the SQL that `pg_restore --verbose` prints. Its listing only has schema,
 * name and owner with spaces between, and each of them may contain spaces. Does not hold on to what it has read.
 *
 * What only looks like such a comment, in a function's body perhaps, can at most name another end of an entry's label: whoever asks
 * compares.
 */
export class EntryOwners {
  /** By id; entries without an owner are missing, and those of which it cannot be told. */
  readonly owners = new Map<number, string>();
  private rest: Buffer = Buffer.alloc(0);
  private isTooLong = false;
  private id: number | undefined;

  constructor(private readonly decoder: { decode(bytes: Buffer): string }) {}

  add(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, from)) {
      if (!this.isTooLong) this.line(Buffer.concat([this.rest, bytes.subarray(from, end)]));
      this.rest = Buffer.alloc(0);
      this.isTooLong = false;
      from = end + 1;
    }
    if (!this.isTooLong) this.rest = Buffer.concat([this.rest, bytes.subarray(from)]);
    if (this.rest.length <= LONGEST_LINE) return;
    this.rest = Buffer.alloc(0);
    this.isTooLong = true;
  }

  private line(bytes: Buffer): void {
    if (bytes.toString('latin1', 0, 3) !== '-- ') {
      this.id = undefined;
      return;
    }
    const text = this.decoder.decode(bytes);
    const entry = /^-- TOC entry (\d+) \(class \d+ OID \d+\)$/.exec(text)?.[1];
    if (entry !== undefined) this.id = Number(entry);
    // A name that contains the words as well leaves open which are whose.
    const [before = '', owner, ...others] = text.split('; Owner: ');
    if (this.id === undefined || owner === undefined || !before.startsWith('-- Name: ')) return;
    if (others.length === 0 && !this.owners.has(this.id)) this.owners.set(this.id, owner);
    this.id = undefined;
  }
}
