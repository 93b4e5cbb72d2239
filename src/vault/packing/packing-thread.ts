import type { ChunkerSettings } from '../chunking/chunker-settings.js';
import { FastCdc } from '../chunking/fastcdc.js';
import { DataKey } from '../keys/data-key.js';
import { serveThread } from '../threads/serve-thread.js';
import { loadDefault } from '../threads/thread-file.js';
import type { PrepareSource } from './content-source.js';
import { type FilledPack, type NamedBatch, PackingLane, type SourceAnswer } from './packing-lane.js';

/** The key stays in memory. */
export interface LaneStart {
  dataKey: Uint8Array;
  chunker: ChunkerSettings;
  zstdLevel: number;
}

/** Encodes and seals are done in order. One that finds no memory waits for it; reading goes on meanwhile, as far as there is room. */
export type LaneQuestion =
  /** Loads a source, which from now on has this number. */
  | { kind: 'open'; source: number; file: string; start: unknown }
  | { kind: 'ask'; source: number; question: unknown }
  | { kind: 'close'; source: number }
  /** The next chunks to be looked up. */
  | { kind: 'named' }
  /** Puts these of them into packs and drops the rest. */
  | { kind: 'encode'; batch: number; which: readonly number[] }
  /** Finishes the open pack, behind all that was read. */
  | { kind: 'seal' }
  /** Memory for the next pack: shared, since it goes to and fro all the time. */
  | { kind: 'fill'; memory: SharedArrayBuffer };

export interface LaneAnswers {
  open: undefined;
  ask: SourceAnswer;
  /** Bytes that the source has read since it was last told of. */
  close: number;
  named: NamedBatch;
  encode: undefined;
  /** Comes after the packs of all that was encoded before. */
  seal: undefined;
  /** When it is full or sealed. */
  fill: FilledPack;
}

export type LaneAnswer = LaneAnswers[keyof LaneAnswers];

/** The entry point of a lane's thread, started by packing-lanes.ts. */
serveThread(
  ({ dataKey, chunker, zstdLevel }: LaneStart) => {
    const lane = new PackingLane(new DataKey(Buffer.from(dataKey)), new FastCdc(chunker), zstdLevel);
    const answer = async (question: LaneQuestion): Promise<LaneAnswer> => {
      switch (question.kind) {
        case 'open': {
          const prepare = await loadDefault<PrepareSource<unknown, unknown, unknown>>(question.file);
          return lane.open(question.source, prepare, question.start) as undefined;
        }
        case 'ask':
          return lane.ask(question.source, question.question);
        case 'close':
          return lane.close(question.source);
        case 'named':
          return lane.nextNamed();
        case 'encode':
          return lane.encode(question.batch, question.which);
        case 'seal':
          return lane.seal();
        case 'fill':
          return lane.fill(question.memory);
      }
    };
    return { answer, end: () => lane.end() };
  },
  (answer) => (typeof answer === 'object' && 'entries' in answer ? [answer.entries.buffer] : []),
);
