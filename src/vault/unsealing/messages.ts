import type { KeyObject } from 'node:crypto';
import type { PackEntry } from '../packs/pack-format.js';

/** Frames for a thread to open; they lie one after the other in memory that is given away. */
export interface OpenRequest {
  request: number;
  frames: Uint8Array<ArrayBuffer>;
  /** Those that the tasks name by their place here. */
  packs: OpenPack[];
  tasks: OpenTask[];
}

/** Of what `derivePackKeys()` returned for a pack: in memory only, like everything here. */
export interface OpenPack {
  key: KeyObject;
  header: Uint8Array;
}

export interface OpenTask {
  pack: number;
  id: Uint8Array;
  offset: number;
  storedBytes: number;
  plainBytes: number;
  encoding: PackEntry['encoding'];
}

export interface OpenAnswer {
  request: number;
  /** In the order of the tasks; null for a frame that cannot be opened. */
  plains: (Uint8Array<ArrayBuffer> | null)[];
}
