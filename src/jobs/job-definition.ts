import type { Finding } from '../contract/generated/types.gen.js';

/**
 * One kind of background work. Features define it and register it; this folder runs it and knows
 * nothing of what it does.
 *
 * A job is run at least once. Its worker proves every few seconds that it lives; when the proof is
 * missing the job is taken up again by another worker, `retries` times at the most, and abandoned
 * after that.
 */
export interface JobDefinition<T extends object> {
  /** Noun and verb: `snapshot.capture`. */
  name: string;
  /** How many of these one process runs at a time. */
  concurrency: number;
  /** How often the job is taken up again after its worker died or it threw. */
  retries: number;
  /** Whether only workers of the environment's pool may run it. */
  pooled: boolean;
  /** Does the work. Must bear being run again from the start. Throwing means: try again. */
  run(data: T, context: JobContext): Promise<void>;
  /** For the log, before it is run: who asked for it and what it is about; null when that is gone. That it rejects hinders nothing. */
  describe(data: T): Promise<JobDescription | null>;
  /** The same when it has been run: what came of it, and how much that was. */
  summarize(data: T): Promise<JobSummary | null>;
  /** Called (at least once) when the job will not be tried again, so that nothing waits for it for ever. */
  abandoned(data: T): Promise<void>;
}

/** The names of the properties are those of fields of the log (`src/logging/logged-fields.ts`). */
export interface JobDescription {
  requestedBy: string;
  environmentId: string;
  snapshotId?: string;
  verificationId?: string;
  itemRestoreId?: string;
  exportId?: string;
  deploymentId?: string;
  /** How many workers have had it before. */
  attempt: number;
}

/** How it ended, by the row it is about, and how much that was. */
export interface JobSummary {
  outcome: string;
  bytes?: number;
  storedBytes?: number;
  /** What kept it from ending well. */
  failure?: Finding;
}

export interface JobContext {
  /** Aborted when the process shuts down (`ShuttingDown`) or the job has lost its claim. */
  signal: AbortSignal;
}

/**
 * The process is stopping. A job that throws this (as its signal's reason) is handed back: another
 * worker takes it up at once, and it does not count as a failure.
 */
export class ShuttingDown extends Error {
  constructor() {
    super('The worker is shutting down; the job is handed to another one.');
    this.name = 'ShuttingDown';
  }
}
