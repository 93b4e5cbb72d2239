import { PathRules } from '../paths/path-rules.js';
import type { ScanItem } from './scan-directory.js';

/** What a scan has passed by because patterns name it. */
export interface PassedBy {
  files: number;
  /** With all that is in them, which nobody has looked at. */
  directories: number;
  /** The places of the patterns that have named something. */
  patterns: number[];
}

/** Passes by what patterns name, and counts it. */
export class LeftOutPaths {
  private readonly rules: PathRules;
  /** Those that have named nothing yet, each by itself. */
  private readonly idle: Map<number, PathRules>;
  private counted: PassedBy = { files: 0, directories: 0, patterns: [] };

  constructor(patterns: readonly string[]) {
    this.rules = new PathRules(patterns);
    this.idle = new Map(patterns.map((pattern, index) => [index, new PathRules([pattern])]));
  }

  /** Whether it is left out, or lies in what is. */
  names(item: ScanItem): boolean {
    return this.rules.names(item.path, kindOf(item));
  }

  /** The same; it is counted then. */
  take(item: ScanItem): boolean {
    if (!this.names(item)) return false;
    const kind = kindOf(item);
    this.counted[kind === 'directory' ? 'directories' : 'files'] += 1;
    for (const [index, rules] of this.idle) {
      if (!rules.names(item.path, kind)) continue;
      this.idle.delete(index);
      this.counted.patterns.push(index);
    }
    return true;
  }

  /** For what could not even be looked at. */
  isNeeded(path: Buffer): boolean {
    return !this.rules.names(path, 'other') && !this.rules.names(path, 'directory');
  }

  /** Since it was asked last. */
  result(): PassedBy {
    const { counted } = this;
    this.counted = { files: 0, directories: 0, patterns: [] };
    return counted;
  }
}

function kindOf(item: ScanItem): 'directory' | 'other' {
  return item.kind === 'directory' || item.kind === 'found-directory' ? 'directory' : 'other';
}
