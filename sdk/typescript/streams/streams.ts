import type { Client } from '../generated/client/index.js';
import type { StreamOptions } from './follow.js';

export interface WaitOptions<E> extends StreamOptions {
  /** Is shown each event meanwhile. */
  onProgress?: (event: E) => void;
}

/** What all streams of one `Snapback` have in common. */
export class Streams {
  constructor(
    /** One that repeats nothing: a stream that was lost is not asked for again, but taken up. */
    readonly client: Client,
    private readonly idleMs: number | undefined,
  ) {}

  options({ signal, idleMs = this.idleMs, reconnectMs }: StreamOptions = {}): StreamOptions {
    return {
      ...(signal && { signal }),
      ...(idleMs !== undefined && { idleMs }),
      ...(reconnectMs !== undefined && { reconnectMs }),
    };
  }
}
