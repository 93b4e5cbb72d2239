import type { BenchEnvironment } from '../environment/environment.js';

/** A way to store the environment, database and files, time after time. */
export interface CaptureContender {
  readonly name: string;
  /** Whether it is only to compare with: it stores something else, and does not count in the ratios. */
  readonly isYardstick: boolean;
  /** Gets ready, with nothing stored, below a directory that exists. Not timed. */
  begin(directory: string, environment: BenchEnvironment): Promise<void>;
  /** Stores the environment as it is now. */
  capture(): Promise<void>;
  /** Processor seconds so far, without those of the environment's server; only differences mean something. */
  processorSeconds(): Promise<number>;
  /** All that is kept; caches beside it are not counted. */
  storedBytes(): Promise<number>;
  /** Ends what `begin` started. */
  end(): Promise<void>;
}
