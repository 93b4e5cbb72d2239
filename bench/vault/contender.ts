/** A way to store a directory, time after time, and to get it back. */
export interface Contender {
  readonly name: string;
  /** Whether it does what a vault does: deduplicates and encrypts. Only such peers count in the ratios. */
  readonly isVault: boolean;
  /** Whether what it restores lies in the target under the whole path it was captured from. */
  readonly restoresWholePath: boolean;
  /** Makes an empty repository in a directory that exists. Not timed. */
  begin(repository: string): Promise<void>;
  /** Stores the directory as it is now. */
  capture(directory: string): Promise<void>;
  /** Gets the last state stored back, into a directory that does not exist. */
  restore(directory: string): Promise<void>;
  /** All that the repository takes; caches beside it are not counted. */
  storedBytes(): Promise<number>;
}
