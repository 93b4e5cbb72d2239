import type { KeyObject } from 'node:crypto';
import type { PackEntry } from '../packs/pack-format.js';

/** Frames for a thread to open. */
export interface OpenRequest {
  request: number;
  /** Those that the tasks name by their place here. */
  packs: OpenPack[];
  tasks: (OpenTask | null)[];
}

/** Of what `derivePackKeys()` returned for a pack: in memory only, like everything here. */
export interface OpenPack {
  key: KeyObject;
  header: Uint8Array;
}

export interface OpenTask {
  pack: number;
  /** In memory that is given away. */
  frame: Uint8Array;
  id: Uint8Array;
  offset: number;
  plainBytes: number;
  encoding: PackEntry['encoding'];
}

export interface OpenAnswer {
  request: number;
  /** One after the other, in memory that is given away. */
  plains: Uint8Array<ArrayBuffer>;
  /** In the order of the tasks, in bytes; -1 for a frame that is not there or cannot be opened. */
  lengths: Int32Array<ArrayBuffer>;
}
