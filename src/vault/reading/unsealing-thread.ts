import { hash, type KeyObject } from 'node:crypto';
import { openFrame } from '../packs/frame.js';
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
    if (question.kind === 'deliver') return deliver(question);
    const opened = openAll(question, (_, bytes) => Buffer.allocUnsafeSlow(bytes));
    const lengths = Int32Array.from(opened, (plain) => plain?.length ?? -1);
    return { plains: joined(opened.filter((plain) => plain !== null)), lengths };
  },
  (answer: UnsealingAnswer) => ('plains' in answer ? [answer.plains.buffer, answer.lengths.buffer] : []),
);

function openAll({ packs, tasks }: SealedFrames, room: (task: number, bytes: number) => Buffer): (Buffer | null)[] {
  const keys = packs.map(({ key, header }) => ({ frames: key, header: { bytes: viewOf(header) } }));
  const opened: (Buffer | null)[] = tasks.map(() => null);
  const open = (task: OpenTask, index: number, frame: Buffer): void => {
    try {
      const entry = { ...task, id: viewOf(task.id) };
      opened[index] = openFrame(keys[task.pack]!, entry, frame, (bytes) => room(index, bytes));
    } catch {
      // Whoever reads it by itself meets the same, and says so.
    }
  };
  for (const [index, task] of tasks.entries()) {
    if (task && typeof task.frame !== 'number') open(task, index, viewOf(task.frame));
  }
  // Frames may share memory, so not before all are opened; what is freed already, is left alone.
  for (const task of tasks) if (task !== null && typeof task.frame !== 'number') freeMemory(task.frame);
  const inFiles = tasks.flatMap((task, index) => {
    return task && typeof task.frame === 'number' ? [{ file: task.frame, task, index }] : [];
  });
  readFrames(inFiles, ({ task, index }, frame) => open(task, index, frame));
  return opened;
}

/** Memory for the contents of one delivery is used over and over, unless it is more than this. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;
let kept: Buffer | undefined;

async function deliver({
  contents,
  file,
  start,
  what,
  ...sealed
}: UnsealingQuestion & { kind: 'deliver' }): Promise<TakenAnswer> {
  const take = await loadTaker<unknown, unknown, unknown>(file, start);
  const places = placesOf(contents, sealed.tasks);
  const bytes = contents.reduce((sum, content) => sum + content.bytes, 0);
  // Another delivery may begin while somebody takes what is in this one.
  const memory = kept !== undefined && kept.length >= bytes ? kept : Buffer.allocUnsafeSlow(bytes);
  kept = undefined;
  const tasks = sealed.tasks.map((task, index) => (places[index] === undefined ? null : task));
  const opened = openAll({ ...sealed, tasks }, (index, room) => memory.subarray(places[index], places[index]! + room));
  const taken = await take(wholesOf(contents, opened, memory), what);
  if (memory.length <= MOST_KEPT_BYTES) kept = memory;
  else freeMemory(memory);
  return { taken };
}

/** Where the frames of all contents go, one after the other; undefined for those of a content that they are not. */
function placesOf(contents: readonly ContentShape[], tasks: SealedFrames['tasks']): (number | undefined)[] {
  let [next, at] = [0, 0];
  return contents.flatMap(({ bytes, chunks }) => {
    const lengths = tasks.slice(next, (next += chunks)).map((task) => task?.plainBytes ?? Number.NaN);
    let end = at;
    const places = lengths.map((length) => (end += length) - length);
    const isIt = end - at === bytes;
    at += bytes;
    return isIt ? places : lengths.map(() => undefined);
  });
}

/** Null where a part is missing, or all of them are not the content. */
function wholesOf(
  contents: readonly ContentShape[],
  opened: readonly (Buffer | null)[],
  memory: Buffer,
): (Buffer | null)[] {
  let [next, at] = [0, 0];
  return contents.map(({ bytes, sha256, chunks }) => {
    const isThere = opened.slice(next, (next += chunks)).every((plain) => plain !== null);
    const whole = memory.subarray(at, (at += bytes));
    // A single chunk was compared with its name, which is the content's.
    return isThere && (chunks === 1 || hash('sha256', whole) === sha256) ? whole : null;
  });
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
