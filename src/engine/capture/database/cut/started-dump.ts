import { dumpArchive, type LeftOutOfDump } from '../../../postgres/programs/dump-archive.js';
import type { Cut } from '../../../postgres/cut/cut.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';

/**
 * A dump of the definitions that has come as far as its first bytes: `pg_dump` has locked the tables by then, has read
 * the catalogue, and waits to be read.
 */
export class StartedDump {
  private constructor(
    private readonly first: IteratorResult<Buffer>,
    private readonly rest: AsyncIterator<Buffer>,
    private readonly stopping: AbortController,
  ) {}

  /** Rejects as `dumpArchive` does: `EngineError('tables-busy')` when a table was locked for `lockTimeoutMs`. */
  static async start(
    address: DatabaseAddress,
    cut: Cut,
    { signal, ...options }: { signal: AbortSignal; lockTimeoutMs: number; without?: LeftOutOfDump },
  ): Promise<StartedDump> {
    const stopping = new AbortController();
    const either = AbortSignal.any([signal, stopping.signal]);
    const archive = dumpArchive(address, cut, { ...options, signal: either, definitionsOnly: true });
    const rest = archive[Symbol.asyncIterator]();
    return new StartedDump(await rest.next(), rest, stopping);
  }

  /** To be read once. Aborting ends the dump, and the reading with `signal.reason`. */
  async *bytes(signal: AbortSignal): AsyncIterable<Buffer> {
    const stop = () => this.stopping.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      signal.throwIfAborted();
      for (let next = this.first; !next.done; next = await this.rest.next()) yield next.value;
    } finally {
      signal.removeEventListener('abort', stop);
      await this.stop();
    }
  }

  /** Ends it, read or not, and resolves when it is gone. Never rejects. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('The dump is not wanted any more.'));
    await this.rest.return?.().catch(() => undefined);
  }
}
