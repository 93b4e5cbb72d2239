import { type FrameKeys, openFrame } from '../packs/frame.js';
import { freeMemory } from '../packs/free-memory.js';
import { serveThread } from '../threads/serve-thread.js';
import type { OpenAnswer, OpenRequest, OpenTask } from './messages.js';

/** The entry point of a thread that opens frames, started by frame-opener.ts. */
serveThread<undefined, OpenRequest>(({ port }) => ({ request, frames, packs, tasks }) => {
  let at = 0;
  const keys = packs.map(({ key, header }) => ({ frames: key, header: { bytes: viewOf(header) } }));
  const plains = tasks.map((task) =>
    open(keys[task.pack]!, task, viewOf(frames).subarray(at, (at += task.storedBytes))),
  );
  freeMemory(viewOf(frames));
  const memory = plains.flatMap((plain) => (plain === null ? [] : [plain.buffer]));
  port.postMessage({ request, plains } satisfies OpenAnswer, memory);
});

function open(keys: FrameKeys, task: OpenTask, frame: Buffer): Uint8Array<ArrayBuffer> | null {
  const { offset, storedBytes, plainBytes, encoding } = task;
  try {
    const entry = { id: viewOf(task.id), offset, storedBytes, plainBytes, encoding };
    const plain = openFrame(keys, entry, frame);
    // It leaves with all of its memory, which must not be Node's shared pool.
    const alone = plain.buffer.byteLength === plain.length ? plain : Uint8Array.from(plain);
    return alone as Uint8Array<ArrayBuffer>;
  } catch {
    return null;
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
