import type { Backend } from '../backend/backend.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { MasterKey } from '../keys/master-key.js';

/** What a check and a repair work on. */
export interface VaultParts {
  backend: Backend;
  catalogue: Catalogue;
  masterKey: MasterKey;
}

export interface CheckOptions {
  signal: AbortSignal;
  /** Of how many of a hundred packs and contents every byte is read; 0 (default): of none but packs that look damaged. */
  readPercent?: number;
  /** The snapshots that somebody believes to be there; those that are not published are damage. */
  expected?: AsyncIterable<string> | Iterable<string>;
}

/**
 * Whether a pack or a content belongs to the given percentage, by its SHA-256. The same ones each time, and those of 10 %
 * are among those of 20 %: the first bits of a hash are a fair lot.
 */
export function isChosen(sha256: Buffer, percent: number): boolean {
  return sha256.readUInt32BE(0) < (percent / 100) * 2 ** 32;
}
