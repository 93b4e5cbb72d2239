import type { SegmentEntry } from '../../../../vault/manifests/manifest-database.js';
import type { SurveyedTable } from '../order/database-survey.js';
import { DefinitionQueue, type DefinitionWork } from '../definitions/definition-queue.js';

export type LoadStep =
  | { step: 'segment'; segment: SegmentEntry; table: SurveyedTable }
  | { step: 'definitions'; batch: DefinitionWork[] };

/**
 * What the sessions of a load have to do, handed out one step at a time: definitions of tables whose rows are in
 * before further rows, since those are what the end waits for. The manifest is read no faster than its
 * segments are loaded.
 */
export class LoadQueue {
  private readonly segments: AsyncGenerator<SegmentEntry, void>;
  private readonly definitions = new DefinitionQueue();
  private readonly missing = new Map<number, number>();
  private segmentsLeft = true;
  private stepsUnderWay = 0;
  private waiting: (() => void)[] = [];

  /** `segments`: those of `tables`, and no others. */
  constructor(
    segments: AsyncIterable<SegmentEntry>,
    private readonly tables: ReadonlyMap<number, SurveyedTable>,
    private readonly definitionsOf: (table: SurveyedTable) => DefinitionWork[],
  ) {
    // A generator queues calls of next(), so that any number of sessions may ask.
    this.segments = each(segments);
    for (const { table, segments: count } of tables.values()) this.missing.set(table, count);
  }

  /** The next step, as soon as there is one; undefined when all is done. Throws what reading the manifest throws. */
  async next(signal: AbortSignal): Promise<LoadStep | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const batch = this.definitions.take({ moreToCome: this.segmentsLeft });
      if (batch) return this.begun({ step: 'definitions', batch });
      if (this.segmentsLeft) {
        const { value } = await this.segments.next();
        if (value) return this.begun({ step: 'segment', segment: value, table: this.tables.get(value.table)! });
        this.segmentsLeft = false;
        continue;
      }
      if (this.definitions.isEmpty && this.stepsUnderWay === 0) return undefined;
      await this.change(signal);
    }
  }

  /** To be called when a step has been done well; a failed one ends the load. */
  done(step: LoadStep): void {
    this.stepsUnderWay -= 1;
    if (step.step === 'definitions') this.definitions.release(step.batch);
    else {
      const { table } = step;
      const left = this.missing.get(table.table)! - 1;
      this.missing.set(table.table, left);
      if (left === 0) this.definitions.add(...this.definitionsOf(table));
    }
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Stops reading the manifest. */
  async close(): Promise<void> {
    await this.segments.return();
  }

  private begun(step: LoadStep): LoadStep {
    this.stepsUnderWay += 1;
    return step;
  }

  private async change(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.push(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

async function* each(segments: AsyncIterable<SegmentEntry>): AsyncGenerator<SegmentEntry, void> {
  yield* segments;
}
