import type { LogDestination } from '../../src/logging/log-options.js';
import { LONGEST_SPELLING, secretIn } from './secret-mark.js';

const found: string[] = [];

/** Looks at what one stream of a service says while it says it; see `secretsFound`. */
export class LogWatch implements LogDestination {
  private end = '';

  /** Any piece of it: what comes in two pieces is found too. */
  write(text: string): void {
    const seen = this.end + text;
    const secret = secretIn(seen);
    if (secret !== undefined) found.push(secret);
    // Found once is enough: it is not looked at again.
    this.end = secret === undefined ? seen.slice(-LONGEST_SPELLING) : '';
  }
}

/** What has been found in the logs of this test file's services so far, each with the text around it; and forgets it. */
export function secretsFound(): string[] {
  return found.splice(0);
}
