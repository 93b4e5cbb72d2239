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

/** What somebody wants to have. */
export interface Downloadable {
  name: string;
  sizeBytes: number | null;
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
  { name, sizeBytes }: Downloadable,
  ask: (signal: AbortSignal) => Promise<Response>,
  { signal, progress }: SaveContext,
): Promise<Saved> {
  const size = sizeBytes ?? 0;
  const way = wayOfDownload(size, window.showSaveFilePicker !== undefined);
  if (way === 'elsewhere') return 'elsewhere';
  // Before anything is asked for: browsers let a page do it only right after somebody pressed something.
  const file = way === 'written' ? await chosenFile(keptName(name)) : undefined;
  if (way === 'written' && file === undefined) return 'left';
  const content = new WholeContent(await ask(signal), size, progress);
  try {
    if (file === undefined) handOver(keptName(name), await new Response(content.stream).blob());
    // What is written is put in the file's place when all of it is there, and dropped otherwise.
    else await content.stream.pipeTo(await file.createWritable(), { signal });
    return 'saved';
  } catch (error) {
    throw content.cutOff ?? error;
  }
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

/** The bytes of an answer as they come, which are as many as there should be, or their stream fails. */
class WholeContent {
  /** Why they are not all there; who reads the stream may be told something else by the browser. */
  cutOff: Error | undefined;
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  private received = 0;

  constructor(
    response: Response,
    private readonly size: number,
    progress: (receivedBytes: number) => void,
  ) {
    const reader = (response.body ?? new Blob().stream()).getReader();
    this.stream = new ReadableStream({
      pull: async (controller) => {
        const { done, value } = await reader.read().catch((cause: unknown) => this.fail(cause));
        if (done) {
          if (this.received !== size) this.fail();
          return controller.close();
        }
        this.received += value.byteLength;
        progress(this.received);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }

  private fail(cause?: unknown): never {
    this.cutOff = new Error(
      `The download was cut off after ${bytes(this.received)} of ${bytes(this.size)}, and nothing of it is kept. Try again; if it ends there each time, the service has lost some of this file.`,
      { cause },
    );
    throw this.cutOff;
  }
}
