import type { BaseRange } from '../history/database-base.js';
import type { BlockRange } from './segment-plan.js';

/** What became of the test of a range: the rows that are in it, or that one of them is not the base's. */
export type RangeTest = { rows: number } | 'changed';

/** What follows of a test: more is to be tested, nothing is to be read, or all of the table is. */
export type WholeDecision = 'open' | 'unchanged' | 'changed';

/**
 * A table of which a restore put in all rows: whether it still has those and no others. The ranges of its own blocks are tested over several
 * connections. When no row is newer than the restore, and all ranges together have as many rows as were put in, they are those.
 */
export class WholeTable {
  private left: number;
  private rows = 0;
  private hasChanged = false;

  constructor(
    /** Segments of the base, in blocks that the table does not have: they are carried over, all or none. */
    readonly base: readonly BaseRange[],
    /** To be tested, and to be read when it comes to that. */
    readonly ranges: readonly BlockRange[],
  ) {
    this.left = ranges.length;
  }

  /** Nothing need be tested any more. */
  get isDecided(): boolean {
    return this.hasChanged || this.left === 0;
  }

  /** Each range once. The decision comes once; what is tested after it leaves it open. */
  tested(test: RangeTest): WholeDecision {
    if (this.isDecided) return 'open';
    this.left -= 1;
    if (test !== 'changed') this.rows += test.rows;
    const expected = this.base.reduce((sum, { rows }) => sum + rows, 0);
    if (test === 'changed' || this.rows > expected || (this.left === 0 && this.rows !== expected)) {
      this.hasChanged = true;
      return 'changed';
    }
    return this.left === 0 ? 'unchanged' : 'open';
  }
}
