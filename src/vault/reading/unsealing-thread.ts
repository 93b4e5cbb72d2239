import { hash, type KeyObject } from 'node:crypto';
import { type FrameKeys, openFrame } from '../packs/frame.js';
import { freeMemory } from '../packs/free-memory.js';
import type { PackEntry } from '../packs/pack-format.js';
import { serveThread } from '../threads/serve-thread.js';
import { loadTaker } from './content-taker.js';
import { readFrames } from './read-frames.js';

/** `open` wants what is in the frames; `deliver` has somebody take it, as contents, here. */
export type UnsealingQuestion =
  | (SealedFrames & { kind: 'open' })
  | (SealedFrames & {
      kind: 'deliver';
      /** Whose frames they are, one content after the other. */
      contents: ContentShape[];
      /** See `ThreadFile`. */
      file: string;
      start: unknown;
      what: unknown;
    });

export type UnsealingAnswer = OpenAnswer | TakenAnswer;

export interface TakenAnswer {
  taken: unknown;
}

interface ContentShape {
  bytes: number;
  sha256: string;
  /** How many frames it is in. */
  chunks: number;
}

/** Frames to open. */
export interface SealedFrames {
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
  /** In memory that is given away; or the file in which it lies. */
  frame: Uint8Array | number;
  id: Uint8Array;
  offset: number;
  storedBytes: number;
  plainBytes: number;
  encoding: PackEntry['encoding'];
}

export interface OpenAnswer {
  /** One after the other, in memory that is given away. */
  plains: Uint8Array<ArrayBuffer>;
  /** In the order of the tasks, in bytes; -1 for a frame that is not there or cannot be opened. */
  lengths: Int32Array<ArrayBuffer>;
}

/** The entry point of a thread that opens frames, started by frame-opener.ts. */
serveThread(
  () => (question: UnsealingQuestion) => {
    const opened = openAll(question);
    if (question.kind === 'deliver') return deliver(opened, question);
    const lengths = Int32Array.from(opened, (plain) => plain?.length ?? -1);
    return { plains: joined(opened.filter((plain) => plain !== null)), lengths };
  },
  (answer: UnsealingAnswer) => ('plains' in answer ? [answer.plains.buffer, answer.lengths.buffer] : []),
);

function openAll({ packs, tasks }: SealedFrames): (Buffer | null)[] {
  const keys = packs.map(({ key, header }) => ({ frames: key, header: { bytes: viewOf(header) } }));
  const opened = tasks.map((task) => {
    return task && typeof task.frame !== 'number' ? open(keys[task.pack]!, task, viewOf(task.frame)) : null;
  });
  // Frames may share memory, so not before all are opened; what is freed already, is left alone.
  for (const task of tasks) if (task !== null && typeof task.frame !== 'number') freeMemory(task.frame);
  const inFiles = tasks.flatMap((task, index) => {
    return task && typeof task.frame === 'number' ? [{ file: task.frame, task, index }] : [];
  });
  readFrames(inFiles, ({ task, index }, frame) => (opened[index] = open(keys[task.pack]!, task, frame)));
  return opened;
}

async function deliver(
  plains: readonly (Buffer | null)[],
  { contents, file, start, what }: UnsealingQuestion & { kind: 'deliver' },
): Promise<TakenAnswer> {
  const take = await loadTaker<unknown, unknown, unknown>(file, start);
  let next = 0;
  const whole = contents.map((shape) => wholeOf(plains.slice(next, (next += shape.chunks)), shape));
  const taken = await take(whole, what);
  for (const plain of [...plains, ...whole]) if (plain !== null) freeMemory(plain);
  return { taken };
}

/** Null where a part is missing, or all of them are not the content. */
function wholeOf(parts: readonly (Buffer | null)[], { bytes, sha256 }: ContentShape): Buffer | null {
  const there = parts.filter((part) => part !== null);
  if (there.length < parts.length) return null;
  const whole = there.length === 1 ? there[0]! : Buffer.concat(there);
  if (whole.length !== bytes) return null;
  // A single chunk was compared with its name, which is the content's.
  return there.length === 1 || hash('sha256', whole) === sha256 ? whole : null;
}

function open(keys: FrameKeys, task: OpenTask, frame: Buffer): Buffer | null {
  try {
    return openFrame(keys, { ...task, id: viewOf(task.id) }, frame);
  } catch {
    return null;
  }
}

/** One piece of memory, since handing over many small ones takes longer than the copy. A large one comes alone. */
function joined(plains: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const [only] = plains;
  if (plains.length === 1 && only!.buffer.byteLength === only!.length) return only as Uint8Array<ArrayBuffer>;
  const whole = Buffer.allocUnsafeSlow(plains.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const plain of plains) {
    whole.set(plain, at);
    at += plain.length;
    freeMemory(plain);
  }
  return whole;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
