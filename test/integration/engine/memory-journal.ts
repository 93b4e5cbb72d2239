import type {
  CutoverJournal,
  CutoverRecord,
  JournalStep,
} from '../../../src/engine/restore/cutover/cutover-journal.js';

/** A journal in memory, which calls what a test wants to happen at a step, before the step is taken. */
export class MemoryJournal implements CutoverJournal {
  readonly records: CutoverRecord[] = [];
  private readonly acts = new Map<JournalStep, () => Promise<void>>();

  get steps(): JournalStep[] {
    return this.records.map(({ step }) => step);
  }

  get last(): CutoverRecord {
    return structuredClone(this.records.at(-1)!);
  }

  /** `act` may throw: then the record was not written. */
  at(step: JournalStep, act: () => Promise<void>): this {
    this.acts.set(step, act);
    return this;
  }

  async write(record: CutoverRecord): Promise<void> {
    await this.acts.get(record.step)?.();
    this.records.push(structuredClone(record));
  }
}
