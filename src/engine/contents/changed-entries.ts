import { Turns } from '../concurrency/turns.js';
import { type Listed, type ListedEntry, listedIn, type Listing } from '../../vault/listing/listing.js';

/** What two listings have under one key, where it is not the same line; undefined on the side that does not have it. */
export interface ChangedEntry {
  key: string;
  before: ListedEntry | undefined;
  after: ListedEntry | undefined;
}

export interface ChangedOptions {
  from?: string | undefined;
  /** Told of lines that are the same in both. */
  same?: (count: number) => void;
  /** Yields these as well, in place of telling. */
  alsoSame?: boolean;
}

/**
 * Compares what two listings have under a prefix, from the key `from` on, side by side. What is the same line in both is only counted, and costs
 * hardly more than reading it. Rejects as the listings do.
 */
export async function* changedEntries(
  before: Listing,
  after: Listing,
  prefix: string,
  { from = '', same = () => undefined, alsoSame = false }: ChangedOptions = {},
): AsyncGenerator<ChangedEntry> {
  const left = new Side(before.lines(prefix, { from }));
  const right = new Side(after.lines(prefix, { from }));
  const turns = new Turns();
  try {
    for (;;) {
      // Not waited for where there is nothing to wait for: most lines are the same.
      if (!left.hasLine) await left.fill();
      if (!right.hasLine) await right.fill();
      if (!left.hasLine && !right.hasLine) return;
      const equal = alsoSame ? 0 : passSame(left, right);
      if (equal > 0) {
        same(equal);
        await turns.pass();
        continue;
      }
      const [was, is] = [left.listed(), right.listed()];
      const key = was === undefined || (is !== undefined && is.key < was.key) ? is!.key : was.key;
      yield {
        key,
        before: was?.key === key ? left.take() : undefined,
        after: is?.key === key ? right.take() : undefined,
      };
    }
  } finally {
    await left.end();
    await right.end();
  }
}

/** Passes over lines that are the same in both, as far as both are in memory; returns how many. */
function passSame(left: Side, right: Side): number {
  let count = 0;
  while (left.hasLine && right.hasLine && left.line === right.line) {
    left.pass();
    right.pass();
    count += 1;
  }
  return count;
}

/** The lines of one listing, with a place in them. */
class Side {
  private lines: readonly string[] = [];
  private at = 0;
  private parsed: Listed | undefined;

  constructor(private readonly source: AsyncGenerator<string[]>) {}

  get hasLine(): boolean {
    return this.at < this.lines.length;
  }

  get line(): string {
    return this.lines[this.at]!;
  }

  async fill(): Promise<void> {
    const { value, done } = await this.source.next();
    [this.lines, this.at] = [done === true ? [] : value, 0];
  }

  listed(): Listed | undefined {
    if (!this.hasLine) return undefined;
    return (this.parsed ??= listedIn(this.line));
  }

  take(): ListedEntry {
    const { entry } = this.listed()!;
    this.pass();
    return entry;
  }

  pass(): void {
    this.at += 1;
    this.parsed = undefined;
  }

  async end(): Promise<void> {
    await this.source.return(undefined);
  }
}
