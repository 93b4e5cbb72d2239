import { availableParallelism } from 'node:os';
import { openFrame } from '../packs/frame.js';
import type { PackEntry } from '../packs/pack-format.js';
import type { PackKeys } from '../packs/pack-keys.js';
import { ownMemory } from '../threads/own-memory.js';
import { Thread } from '../threads/thread.js';
import { ThreadPool } from '../threads/thread-pool.js';
import { addressOf, type ThreadFile } from '../threads/thread-file.js';
import type { ContentRef } from '../manifests/content-ref.js';
import type { OpenAnswer, SealedFrames, TakenAnswer, UnsealingAnswer, UnsealingQuestion } from './unsealing-thread.js';

/** Fewer frames than this, one soon after the other, are opened at once: starting threads pays when many follow. */
const FRAMES_BEFORE_THREADS = 64;
/** The threads end when nothing was asked for so long. */
const IDLE_MS = 5_000;
const MOST_THREADS = 4;

/** A chunk as it lies in its pack. */
export interface SealedFrame {
  keys: PackKeys;
  entry: PackEntry;
  /** Given away to `open()`, with all the memory it is a part of. */
  frame: Buffer;
}

/** The same, still in the file of its pack, which is open for as long as it takes. */
export interface FrameInFile extends Omit<SealedFrame, 'frame'> {
  fd: number;
}

/** The frames of one `open()`; null where there is none. */
type Frames = readonly (SealedFrame | null)[];

/**
 * Decrypts, decompresses and checks frames, on threads of its own when there are many: that is most of the work of a
 * restore. Memory is that of the frames and chunks asked for: whoever asks bounds it.
 */
export class FrameOpener {
  private threads: ThreadPool<UnsealingQuestion, UnsealingAnswer> | undefined;
  private opened = 0;
  private underWay = 0;
  private idle: NodeJS.Timeout | undefined;

  /**
   * The plain bytes of each frame; null for one that is not there, cannot be opened, or was with a thread that died. They
   * are the caller's, and may share memory with each other. One call is the work of one thread.
   */
  async open(frames: Frames): Promise<(Buffer | null)[]> {
    this.opened += frames.length;
    return this.atWork(() =>
      this.opened <= FRAMES_BEFORE_THREADS ? frames.map(openHere) : this.openElsewhere(frames),
    );
  }

  /** Frames of contents, all of them in their order, for somebody who takes what is in them on the thread: see `VaultReader.deliver()`. */
  deliver<S, W, A>(
    frames: readonly (SealedFrame | FrameInFile | null)[],
    contents: readonly ContentRef[],
    taker: ThreadFile<S>,
    what: W,
  ): Promise<A> {
    return this.atWork(async () => {
      const { question, memory } = questionOf(frames);
      const shapes = contents.map(({ bytes, sha256, chunks }) => ({ bytes, sha256, chunks: chunks.length }));
      const file = addressOf(taker);
      const answer = await this.pool().ask(
        { ...question, kind: 'deliver', contents: shapes, file, start: taker.start, what },
        memory,
      );
      return (answer as TakenAnswer).taken as A;
    });
  }

  private async atWork<T>(work: () => T | Promise<T>): Promise<T> {
    clearTimeout(this.idle);
    this.underWay += 1;
    try {
      return await work();
    } finally {
      this.underWay -= 1;
      if (this.underWay === 0) this.idle = setTimeout(() => void this.rest(), IDLE_MS).unref();
    }
  }

  private async openElsewhere(frames: Frames): Promise<(Buffer | null)[]> {
    const { question, memory } = questionOf(frames);
    try {
      return plainsOf((await this.pool().ask({ ...question, kind: 'open' }, memory)) as OpenAnswer);
    } catch {
      return frames.map(() => null);
    }
  }

  private pool(): ThreadPool<UnsealingQuestion, UnsealingAnswer> {
    this.threads ??= new ThreadPool({
      count: Math.min(MOST_THREADS, availableParallelism()),
      start: () => new Thread('unsealing-thread', import.meta.url, undefined),
      questionsAMessage: 1,
    });
    return this.threads;
  }

  private async rest(): Promise<void> {
    this.opened = 0;
    const { threads } = this;
    this.threads = undefined;
    await threads?.close();
  }
}

function openHere(sealed: SealedFrame | null): Buffer | null {
  if (sealed === null) return null;
  try {
    return openFrame(sealed.keys, sealed.entry, sealed.frame);
  } catch {
    return null;
  }
}

function plainsOf({ plains, lengths }: OpenAnswer): (Buffer | null)[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    if (length < 0) return null;
    const plain = Buffer.from(plains.buffer, at, length);
    at += length;
    return plain;
  });
}

function questionOf(frames: readonly (SealedFrame | FrameInFile | null)[]): {
  question: SealedFrames;
  memory: ArrayBuffer[];
} {
  const packs = [...new Set(frames.flatMap((sealed) => sealed?.keys ?? []))];
  const { pieces, memory } = ownMemory(frames.flatMap((sealed) => (sealed && 'frame' in sealed ? sealed.frame : [])));
  let next = 0;
  const tasks = frames.map((sealed) => {
    if (sealed === null) return null;
    const { id, ...entry } = sealed.entry;
    const frame = 'frame' in sealed ? pieces[next++]! : sealed.fd;
    return { ...entry, pack: packs.indexOf(sealed.keys), frame, id: copied(id) };
  });
  const keys = packs.map(({ frames: key, header }) => ({ key, header: copied(header.bytes) }));
  return { question: { packs: keys, tasks }, memory };
}

/** A view would take along the memory that it is a part of. */
function copied(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
