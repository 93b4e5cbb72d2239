import type { IncomingMessage } from 'node:http';

/**
 * - `status`: the server answers with this error and does nothing (503 SlowDown, say)
 * - `drop`: the connection is closed before anything is done
 * - `drop-answer`: it is done, and the connection is closed instead of an answer
 * - `slow`: it is done after a while
 * - `silent`: nothing ever comes
 * - `cut-body`: the answer's body ends in the middle, with the connection
 * - `stall-body`: the answer's body stops in the middle, and the connection stays
 * - `short-body`: the answer announces and has half of the bytes
 */
export type ServerFault =
  | { kind: 'status'; status: number; code: string }
  | { kind: 'slow'; ms: number }
  | { kind: 'drop' | 'drop-answer' | 'silent' | 'cut-body' | 'stall-body' | 'short-body' };

export interface ServerFaultRule {
  fault: ServerFault;
  method?: string;
  /** Something the URL contains, such as `partNumber=2`. */
  url?: string;
  /** How many matching requests it happens to; default 1. */
  times?: number;
  /** How many matching requests pass before; default 0. */
  skip?: number;
}

/** What goes wrong with the next requests. */
export class ServerFaults {
  private rules: (ServerFaultRule & { left: number; toSkip: number })[] = [];
  /** How many have happened. */
  met = 0;

  add(rule: ServerFaultRule): void {
    this.rules.push({ ...rule, left: rule.times ?? 1, toSkip: rule.skip ?? 0 });
  }

  clear(): void {
    this.rules = [];
    this.met = 0;
  }

  next({ method, url = '' }: IncomingMessage): ServerFault | undefined {
    for (const rule of this.rules) {
      const matches = (rule.method ?? method) === method && url.includes(rule.url ?? '');
      if (!matches || rule.left === 0) continue;
      if (rule.toSkip > 0) {
        rule.toSkip -= 1;
        continue;
      }
      rule.left -= 1;
      this.met += 1;
      return rule.fault;
    }
    return undefined;
  }
}
