import type { ContentRef } from '../manifests/content-ref.js';
import type { GivenAnswer, GivenQuestion } from '../packing/given-source.js';
import type { OpenSource, PackingLanes } from '../packing/packing-lanes.js';

type Given = OpenSource<GivenQuestion, GivenAnswer>;

/** Contents that somebody on this thread reads: as many at a time as there are lanes, the others wait in the order of coming. */
export class GivenContents {
  private readonly free: Given[] = [];
  private readonly waiting: PromiseWithResolvers<Given>[] = [];
  private opened = 0;

  constructor(private readonly lanes: PackingLanes) {}

  /** Rejects with what the source throws, or as the lanes do. */
  async store(source: AsyncIterable<Buffer>): Promise<ContentRef> {
    const given = await this.take();
    try {
      for await (const piece of source) {
        if (piece.length === 0) continue;
        // What is posted takes all the memory along that it is a part of, so it goes in memory of its own.
        const bytes = new Uint8Array(piece);
        await given.ask({ kind: 'piece', bytes }, [bytes.buffer]);
      }
      return (await given.ask({ kind: 'end' }))!;
    } catch (error) {
      await given.ask({ kind: 'drop' }).catch(() => undefined);
      throw error;
    } finally {
      const next = this.waiting.shift();
      if (next) next.resolve(given);
      else this.free.push(given);
    }
  }

  private async take(): Promise<Given> {
    const free = this.free.pop();
    if (free) return free;
    if (this.opened === this.lanes.plan.lanes) {
      const waiting = Promise.withResolvers<Given>();
      this.waiting.push(waiting);
      return waiting.promise;
    }
    this.opened += 1;
    try {
      return await this.lanes.open({ name: '../packing/given-source', from: import.meta.url, start: undefined });
    } catch (error) {
      this.opened -= 1;
      // The lanes have failed: those that wait would wait for ever.
      for (const { reject } of this.waiting.splice(0)) reject(error);
      throw error;
    }
  }
}
