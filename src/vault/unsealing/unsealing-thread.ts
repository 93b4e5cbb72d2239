import { type FrameKeys, openFrame } from '../packs/frame.js';
import { freeMemory } from '../packs/free-memory.js';
import { serveThread } from '../threads/serve-thread.js';
import type { OpenAnswer, OpenRequest, OpenTask } from './messages.js';

/** The entry point of a thread that opens frames, started by frame-opener.ts. */
serveThread<undefined, OpenRequest>(({ port }) => ({ request, packs, tasks }) => {
  const keys = packs.map(({ key, header }) => ({ frames: key, header: { bytes: viewOf(header) } }));
  const opened = tasks.map((task) => task && open(keys[task.pack]!, task));
  // Frames may share memory, so not before all are opened; what is freed already, is left alone.
  for (const task of tasks) if (task !== null) freeMemory(task.frame);
  const lengths = Int32Array.from(opened, (plain) => plain?.length ?? -1);
  const plains = joined(opened.filter((plain) => plain !== null));
  port.postMessage({ request, plains, lengths } satisfies OpenAnswer, [plains.buffer, lengths.buffer]);
});

function open(keys: FrameKeys, { frame, id, offset, plainBytes, encoding }: OpenTask): Buffer | null {
  try {
    const entry = { id: viewOf(id), offset, storedBytes: frame.length, plainBytes, encoding };
    return openFrame(keys, entry, viewOf(frame));
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
