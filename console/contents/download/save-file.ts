import type { SnapshotFile } from '../../../sdk/typescript/index.js';
import { bytes } from '../../ui/amounts.js';
import { handOver } from '../../ui/hand-over.js';
import { keptName } from './naming.js';
import { wayOfDownload } from './way-of-download.js';

declare global {
  interface Window {
    /** Not in every browser: lets the person choose a file that the page may write into. */
    showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
  }
}

interface SaveContext {
  signal: AbortSignal;
  /** Told of each piece, with how much is there. */
  progress: (receivedBytes: number) => void;
}

/** What became of it: `elsewhere`, nothing was asked for, as the page could not hold it; `left`, the person chose no file. */
export type Saved = 'saved' | 'elsewhere' | 'left';

/**
 * Asks for a file and keeps it on the person's machine, through the memory of the page only when it is small enough. Rejects as `ask` does, when what
 * comes is not the whole file, and when `signal` says so; what there is of it is not kept then.
 */
export async function saveFile(
  { name, sizeBytes }: SnapshotFile,
  ask: (signal: AbortSignal) => Promise<Response>,
  { signal, progress }: SaveContext,
): Promise<Saved> {
  const size = sizeBytes ?? 0;
  const way = wayOfDownload(size, window.showSaveFilePicker !== undefined);
  if (way === 'elsewhere') return 'elsewhere';
  if (way === 'held') {
    const content = await wholeOf(await ask(signal), size, progress);
    handOver(keptName(name), await new Response(content).blob());
    return 'saved';
  }
  // Before anything is asked for: browsers let a page do it only right after somebody pressed something.
  const file = await chosenFile(keptName(name));
  if (file === undefined) return 'left';
  const content = await wholeOf(await ask(signal), size, progress);
  // What is written is put in the file's place when all of it is there, and dropped otherwise.
  await content.pipeTo(await file.createWritable(), { signal });
  return 'saved';
}

/** Undefined: none was chosen. */
async function chosenFile(suggestedName: string): Promise<FileSystemFileHandle | undefined> {
  try {
    return await window.showSaveFilePicker?.({ suggestedName });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

/** The bytes of an answer as they come; fails at the end when they are not as many as there should be. */
function wholeOf(response: Response, size: number, progress: (receivedBytes: number) => void): ReadableStream {
  const body: ReadableStream<Uint8Array<ArrayBuffer>> = response.body ?? new Blob().stream();
  const reader = body.getReader();
  let received = 0;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async (controller) => {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw cause instanceof DOMException && cause.name === 'AbortError' ? cause : cutOff(received, size, cause);
      });
      if (done) {
        if (received !== size) throw cutOff(received, size);
        controller.close();
        return;
      }
      received += value.byteLength;
      progress(received);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function cutOff(received: number, size: number, cause?: unknown): Error {
  return new Error(
    `The download was cut off after ${bytes(received)} of ${bytes(size)}, and nothing of it is kept. Try again; if it ends there each time, the vault has lost some of this file.`,
    { cause },
  );
}
