import type { Place } from './world.js';

/**
 * What a child says, one JSON object a line, written before the next thing is done: so what was said when it was killed is
 * what it had begun and what it had been promised by then.
 */
export type Announcement =
  | { say: 'ready' }
  | { say: 'begin'; what: 'capture'; snapshotId: string; attempt: string; paths: string[] }
  | { say: 'begin'; what: 'delete'; snapshotId: string }
  | { say: 'begin'; what: 'collect' | 'rebuild' | 'repair' | 'rotate' }
  | { say: 'done'; what: 'capture'; snapshotId: string; attempt: string }
  | { say: 'done'; what: 'delete'; snapshotId: string }
  | { say: 'done'; what: 'collect' | 'rebuild' | 'repair' | 'rotate' }
  /** It ended with an error, and the child goes on. */
  | { say: 'failed'; what: string; code: string; message: string }
  /** A single operation came to its end without being killed. */
  | { say: 'survived' };

/** What is ended at each of its steps, one after the other. `repair` begins with a vault that is damaged. */
export const OPERATIONS = ['capture', 'publish', 'collect', 'delete', 'rebuild', 'rotate', 'repair'] as const;
export type OperationName = (typeof OPERATIONS)[number];

export type Action = 'capture' | 'delete' | 'collect' | 'rebuild' | 'repair' | 'rotate';

/** What a child is told, in its environment. */
export interface Orders {
  place: Place;
  seed: string;
  /** Whether it is the only child: some things are done by one process at a time. */
  alone: boolean;
  /** The snapshots whose deletion was acknowledged: what those who own the vault would say. */
  deleted: string[];
  /** Only this operation, ended at its nth step; otherwise a loop without an end. */
  once?: { operation: OperationName; nth: number };
}

export const ORDERS = 'SNAPBACK_FAULTS_ORDERS';

/** Written at once, whatever stdout is: a pipe is synchronous on Linux. */
export function announce(announcement: Announcement): void {
  process.stdout.write(`${JSON.stringify(announcement)}\n`);
}
