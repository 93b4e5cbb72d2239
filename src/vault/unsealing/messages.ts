import type { PackEntry } from '../packs/pack-format.js';

/** Frames for a thread to open; they lie one after the other in memory that is given away. */
export interface OpenRequest {
  request: number;
  frames: Uint8Array<ArrayBuffer>;
  tasks: OpenTask[];
}

export interface OpenTask {
  /** What `derivePackKeys()` returned for the pack: in memory only, like everything here. */
  key: Uint8Array;
  header: Uint8Array;
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
