import ignore, { type Ignore } from 'ignore';

/** The library remembers each path it was asked for: so many, and it begins anew. */
const REMEMBERED = 20_000;

/** Paths below a directory that patterns name, which are gitignore's, from that directory. */
export class PathRules {
  private readonly rules: Ignore;
  private asked: Ignore;
  private count = 0;

  constructor(patterns: readonly string[]) {
    this.rules = newIgnore().add([...patterns]);
    this.asked = newIgnore().add(this.rules);
  }

  /** `path`: relative to the directory, which itself is never named; what is below a named one is. */
  names(path: Buffer, kind: 'directory' | 'other'): boolean {
    if (path.length === 0) return false;
    if ((this.count += 1) > REMEMBERED) {
      this.asked = newIgnore().add(this.rules);
      this.count = 0;
    }
    const text = path.toString('utf8');
    return this.asked.ignores(kind === 'directory' ? `${text}/` : text);
  }
}

function newIgnore(): Ignore {
  return ignore({ allowRelativePaths: true, ignorecase: false });
}
