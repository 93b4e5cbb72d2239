/**
 * What the pipeline and its worker threads say to each other. Buffers cross by transfer.
 *
 *     pipeline → worker                     worker → pipeline
 *     hash     plain pieces of a batch      hashed    their ids
 *     encode   which of them are new        encoded   they are in a pack; the batch is gone
 *     memory   for one pack                 needs-memory
 *     seal     finish the open pack         packed    a finished pack, with its memory
 *                                           sealed    all that was encoded before has been packed
 *
 * Encodes and seals are done in order. One that finds no memory waits for it, hashing goes on meanwhile.
 */
export type ToWorker =
  | { kind: 'hash'; batch: number; pieces: Uint8Array[] }
  | { kind: 'encode'; batch: number; which: readonly number[] }
  | { kind: 'memory'; memory: ArrayBuffer }
  | { kind: 'seal'; request: number };

export type FromWorker =
  | { kind: 'hashed'; batch: number; ids: Uint8Array }
  | { kind: 'encoded'; batch: number; storedBytes: number }
  | { kind: 'needs-memory' }
  | ({ kind: 'packed' } & PackedMessage)
  | { kind: 'sealed'; request: number };

export interface PackedMessage {
  id: string;
  memory: ArrayBuffer;
  /** How much of the memory is the pack. */
  bytes: number;
  header: Uint8Array;
  /** Written one after the other, see pack-format.ts. */
  entries: Uint8Array;
}

/** What a worker is started with. The key stays in memory. */
export interface WorkerStart {
  dataKey: Uint8Array;
  zstdLevel: number;
}
