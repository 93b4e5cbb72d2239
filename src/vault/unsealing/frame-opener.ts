import { availableParallelism } from 'node:os';
import { openFrame } from '../packs/frame.js';
import type { PackEntry } from '../packs/pack-format.js';
import type { PackKeys } from '../packs/pack-keys.js';
import { ownMemory } from '../threads/own-memory.js';
import { startThread } from '../threads/start-thread.js';
import type { Thread } from '../threads/thread.js';
import type { OpenAnswer, OpenRequest } from './messages.js';

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

/** The frames of one `open()`; null where there is none. */
type Frames = readonly (SealedFrame | null)[];

interface Opener {
  thread: Thread;
  /** What to do with an answer; null: the thread has ended, with or without a failure of its own. */
  underWay: Map<number, (answer: OpenAnswer | null) => void>;
}

/**
 * Decrypts, decompresses and checks frames, on threads of its own when there are many: that is most of the work of a
 * restore. Memory is that of the frames and chunks asked for: whoever asks bounds it.
 */
export class FrameOpener {
  private threads: Opener[] = [];
  private opened = 0;
  private next = 0;
  private idle: NodeJS.Timeout | undefined;

  /**
   * The plain bytes of each frame; null for one that is not there, cannot be opened, or was with a thread that died. They
   * are the caller's, and may share memory with each other. One call is the work of one thread.
   */
  async open(frames: Frames): Promise<(Buffer | null)[]> {
    this.opened += frames.length;
    this.idle ??= setTimeout(() => void this.rest(), IDLE_MS).unref();
    this.idle.refresh();
    if (this.opened <= FRAMES_BEFORE_THREADS) return frames.map(openHere);
    const answer = await this.ask(frames);
    return answer === null ? frames.map(() => null) : plainsOf(answer);
  }

  private async rest(): Promise<void> {
    this.idle = undefined;
    if (this.threads.some(({ underWay }) => underWay.size > 0)) {
      this.idle = setTimeout(() => void this.rest(), IDLE_MS).unref();
      return;
    }
    this.opened = 0;
    await Promise.all(this.threads.splice(0).map(({ thread }) => thread.end()));
  }

  private ask(frames: Frames): Promise<OpenAnswer | null> {
    const wanted = Math.min(MOST_THREADS, availableParallelism());
    while (this.threads.length < wanted) this.threads.push(this.start());
    const idlest = this.threads.reduce((idler, one) => (one.underWay.size < idler.underWay.size ? one : idler));
    const request = this.next++;
    return new Promise((resolve) => {
      idlest.underWay.set(request, resolve);
      // Only what is under way keeps the process alive.
      idlest.thread.worker.ref();
      post(idlest.thread, request, frames);
    });
  }

  private start(): Opener {
    const thread = startThread('unsealing-thread', import.meta.url, undefined);
    const { worker } = thread;
    const opener: Opener = { thread, underWay: new Map() };
    worker.on('message', (answer: OpenAnswer) => {
      const resolve = opener.underWay.get(answer.request);
      opener.underWay.delete(answer.request);
      if (opener.underWay.size === 0) worker.unref();
      resolve?.(answer);
    });
    thread.onDeath(() => this.giveUp(opener));
    worker.unref();
    return opener;
  }

  private giveUp(opener: Opener): void {
    this.threads = this.threads.filter((one) => one !== opener);
    const left = [...opener.underWay.values()];
    opener.underWay.clear();
    for (const resolve of left) resolve(null);
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

function post({ worker }: Thread, request: number, asked: Frames): void {
  const packs = [...new Set(asked.flatMap((sealed) => sealed?.keys ?? []))];
  const { pieces, memory } = ownMemory(asked.flatMap((sealed) => sealed?.frame ?? []));
  let next = 0;
  const tasks = asked.map((sealed) => {
    if (sealed === null) return null;
    const { id, offset, plainBytes, encoding } = sealed.entry;
    return { pack: packs.indexOf(sealed.keys), frame: pieces[next++]!, id: copied(id), offset, plainBytes, encoding };
  });
  const keys = packs.map(({ frames: key, header }) => ({ key, header: copied(header.bytes) }));
  worker.postMessage({ request, packs: keys, tasks } satisfies OpenRequest, memory);
}

/** A view would take along the memory that it is a part of. */
function copied(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
