import type { ContentRef } from '../../src/vault/manifests/content-ref.js';
import type { ContentSink } from '../../src/vault/packing/content-sink.js';
import type { PrepareSource } from '../../src/vault/packing/content-source.js';
import { addressOf, loadDefault, type ThreadFile } from '../../src/vault/threads/thread-file.js';
import type { OpenSource } from '../../src/vault/packing/packing-lanes.js';

const ROOM_BYTES = 64 * 1024;

/** A source that runs on this thread, whose contents somebody keeps. `onAsk` is called before each answer. */
export async function openInMemory<S, Q, A>(
  file: ThreadFile<S>,
  keep: (bytes: Buffer) => ContentRef,
  onAsk: (question: Q) => Promise<void> = async () => undefined,
): Promise<OpenSource<Q, A>> {
  const prepare = await loadDefault<PrepareSource<S, Q, A>>(addressOf(file));
  const source = prepare(file.start, new MemorySink(keep));
  return {
    ask: async (question) => {
      await onAsk(question);
      return source.answer(question);
    },
    close: async () => source.close?.(),
  };
}

/** All of a content, in memory. */
class MemorySink implements ContentSink {
  private parts: Buffer[] = [];
  private current = Buffer.alloc(0);

  constructor(private readonly keep: (bytes: Buffer) => ContentRef) {}

  room(): Buffer {
    this.current = Buffer.alloc(ROOM_BYTES);
    return this.current;
  }

  took(bytes: number): void {
    this.parts.push(this.current.subarray(0, bytes));
    this.current = this.current.subarray(bytes);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.parts.push(Buffer.from(bytes));
  }

  end(): ContentRef {
    const content = this.keep(Buffer.concat(this.parts));
    this.drop();
    return content;
  }

  drop(): void {
    this.parts = [];
  }
}
