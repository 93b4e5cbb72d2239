import { DataKey } from '../keys/data-key.js';
import { serveThread } from '../threads/serve-thread.js';
import { type FilledPack, PackingLane } from './packing-lane.js';

/** The key stays in memory. */
export interface LaneStart {
  dataKey: Uint8Array;
  zstdLevel: number;
}

/** Encodes and seals are done in order. One that finds no memory waits for it, hashing goes on meanwhile. */
export type LaneQuestion =
  /** Hashes pieces of plain bytes, and holds them under this number. */
  | { kind: 'hash'; batch: number; pieces: Uint8Array[] }
  /** Puts these of them into packs and drops the rest. */
  | { kind: 'encode'; batch: number; which: readonly number[] }
  /** Finishes the open pack. */
  | { kind: 'seal' }
  /** Memory for the next pack. */
  | { kind: 'fill'; memory: ArrayBuffer };

export interface LaneAnswers {
  /** SHA-256 of each piece, one after the other. */
  hash: Uint8Array<ArrayBuffer>;
  /** The bytes of the frames, once they are in a pack. */
  encode: number;
  /** Comes after the packs of all that was encoded before. */
  seal: undefined;
  /** When it is full or sealed, with the memory. */
  fill: FilledPack;
}

export type LaneAnswer = LaneAnswers[keyof LaneAnswers];

/** The entry point of a lane's thread, started by chunk-pipeline.ts. */
serveThread(
  ({ dataKey, zstdLevel }: LaneStart) => {
    const lane = new PackingLane(new DataKey(Buffer.from(dataKey)), zstdLevel);
    return (question: LaneQuestion): LaneAnswer | Promise<LaneAnswer> => {
      switch (question.kind) {
        case 'hash':
          return lane.hash(question.batch, question.pieces);
        case 'encode':
          return lane.encode(question.batch, question.which);
        case 'seal':
          return lane.seal();
        case 'fill':
          return lane.fill(question.memory);
      }
    };
  },
  // Ids are copied: the entries of the pack are made from them.
  (answer) => (typeof answer === 'object' && 'memory' in answer ? [answer.memory, answer.entries.buffer] : []),
);
