import { nameSome } from '../name-some.js';
import type { RestoreFinding } from '../postgres/capabilities/restore-finding.js';

/** Enough for a sentence; there may be millions. */
const KEPT = 10;

/** What a capture could not read and went on without, where it may. */
export class LeftOut {
  private count = 0;
  private readonly names: string[] = [];

  /** How many there were, and the first names. */
  get all(): { names: string[]; count: number } {
    return { names: [...this.names], count: this.count };
  }

  add(name: string): void {
    this.count += 1;
    if (this.names.length < KEPT) this.names.push(name);
  }

  /** One finding, or none. `one` and `many` say what the names are of. */
  findings(one: string, many: string): RestoreFinding[] {
    if (this.count === 0) return [];
    const message = `${this.sentence(one, many)} It can give back only the rest.`;
    return [{ code: 'left-out', message, blocking: false }];
  }

  sentence(one: string, many: string): string {
    const what = this.count === 1 ? `one ${one}` : `${this.count} ${many}`;
    return `Not in this snapshot: ${what} that nobody here may read (${nameSome(this.names, { count: this.count })}).`;
  }
}
