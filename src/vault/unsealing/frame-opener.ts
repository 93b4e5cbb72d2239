import { availableParallelism } from 'node:os';
import { openFrame } from '../packs/frame.js';
import type { PackEntry } from '../packs/pack-format.js';
import type { PackKeys } from '../packs/pack-keys.js';
import { startThread } from '../threads/start-thread.js';
import type { Thread } from '../threads/thread.js';
import type { OpenAnswer, OpenRequest } from './messages.js';

/** Fewer frames than this, one soon after the other, are opened at once: starting threads pays when many follow. */
const FRAMES_BEFORE_THREADS = 64;
/** The threads end when nothing was asked for so long. */
const IDLE_MS = 5_000;
/** Frames go to a thread in messages of about this size. */
const MESSAGE_BYTES = 512 * 1024;
const MOST_THREADS = 4;

interface Waiting {
  keys: PackKeys;
  entry: PackEntry;
  frame: Buffer;
  resolve: (plain: Buffer) => void;
  reject: (error: unknown) => void;
}

interface Opener {
  thread: Thread;
  underWay: Map<number, Waiting[]>;
}

/**
 * Decrypts, decompresses and checks frames, on threads of its own when there are many: that is most of the work of a
 * restore. Memory is that of the frames and chunks asked for: whoever asks bounds it.
 */
export class FrameOpener {
  private threads: Opener[] = [];
  private asked: Waiting[] = [];
  private opened = 0;
  private next = 0;
  private idle: NodeJS.Timeout | undefined;

  /** The plain bytes in memory of their own. Rejects with what `openFrame()` throws. */
  async open(keys: PackKeys, entry: PackEntry, frame: Buffer): Promise<Buffer> {
    this.opened += 1;
    this.idle ??= setTimeout(() => void this.rest(), IDLE_MS).unref();
    this.idle.refresh();
    if (this.opened <= FRAMES_BEFORE_THREADS) return openFrame(keys, entry, frame);
    return await new Promise<Buffer>((resolve, reject) => {
      // What is asked within one turn of the event loop goes together.
      if (this.asked.push({ keys, entry, frame, resolve, reject }) === 1) setImmediate(() => this.send());
    });
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

  private send(): void {
    const asked = this.asked;
    this.asked = [];
    const wanted = Math.min(MOST_THREADS, availableParallelism());
    while (this.threads.length < wanted) this.threads.push(this.start());
    for (let from = 0; from < asked.length;) {
      let to = from;
      for (let bytes = 0; to < asked.length && bytes < MESSAGE_BYTES; to += 1) bytes += asked[to]!.frame.length;
      const idlest = this.threads.reduce((idler, one) => (one.underWay.size < idler.underWay.size ? one : idler));
      const frames = asked.slice(from, to);
      const request = this.next++;
      idlest.underWay.set(request, frames);
      // Only what is under way keeps the process alive.
      idlest.thread.worker.ref();
      post(idlest.thread, request, frames);
      from = to;
    }
  }

  private start(): Opener {
    const thread = startThread('unsealing-thread', import.meta.url, undefined);
    const { worker } = thread;
    const opener: Opener = { thread, underWay: new Map() };
    worker.on('message', ({ request, plains }: OpenAnswer) => {
      const frames = opener.underWay.get(request) ?? [];
      opener.underWay.delete(request);
      if (opener.underWay.size === 0) worker.unref();
      for (const [index, waiting] of frames.entries()) settle(waiting, plains[index] ?? null);
    });
    worker.on('error', () => this.giveUp(opener));
    worker.on('exit', () => this.giveUp(opener));
    worker.unref();
    return opener;
  }

  /** A thread has ended, with or without a failure of its own: what it had is done here. */
  private giveUp(opener: Opener): void {
    this.threads = this.threads.filter((one) => one !== opener);
    const left = [...opener.underWay.values()].flat();
    opener.underWay.clear();
    for (const waiting of left) settle(waiting, null);
  }
}

/** What a thread could not open is tried again here, to fail with the reason. */
function settle({ keys, entry, frame, resolve, reject }: Waiting, plain: Uint8Array<ArrayBuffer> | null): void {
  try {
    resolve(plain ? Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength) : openFrame(keys, entry, frame));
  } catch (error) {
    reject(error);
  }
}

function post({ worker }: Thread, request: number, asked: Waiting[]): void {
  // A copy: the frames are parts of blocks that others read from, too.
  const frames = new Uint8Array(asked.reduce((sum, { frame }) => sum + frame.length, 0));
  const packs = [...new Set(asked.map(({ keys }) => keys))];
  let at = 0;
  const tasks = asked.map(({ keys, entry, frame }) => {
    frames.set(frame, at);
    at += frame.length;
    const { offset, plainBytes, encoding } = entry;
    return { pack: packs.indexOf(keys), id: alone(entry.id), offset, storedBytes: frame.length, plainBytes, encoding };
  });
  const keys = packs.map(({ frames: key, header }) => ({ key, header: alone(header.bytes) }));
  worker.postMessage({ request, frames, packs: keys, tasks } satisfies OpenRequest, [frames.buffer]);
}

/** A copy: a view of Node's pool would take all of the pool along. */
function alone(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
