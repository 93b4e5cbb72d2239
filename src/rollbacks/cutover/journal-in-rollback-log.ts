import { setTimeout as sleep } from 'node:timers/promises';
import type { CutoverJournal, CutoverRecord, JournalStep } from '../../engine/restore/cutover/cutover-journal.js';
import { isDatabaseOutage } from '../../errors/database-outage.js';
import type { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';

/** How long our own database may be away in the middle of a cutover before its recovery has to finish it. */
const PATIENCE_MS = 5_000;
const RETRY_MS = 100;

/** What the step of the log says meanwhile. */
const DETAILS: Record<JournalStep, string> = {
  begun: 'About to begin.',
  'swap-databases': 'About to swap databases.',
  'exchange-directories': 'About to exchange directories.',
  open: 'About to open.',
  done: 'About to finish.',
  revert: 'About to go back.',
  recover: 'About to look what is there.',
  ask: 'About to leave it to a person.',
};

/** The journal of a cutover, in the rollback's log. Each write is fenced by the log's `attempt`. */
export class JournalInRollbackLog implements CutoverJournal {
  constructor(
    private readonly lifecycle: RollbackLifecycle,
    private readonly log: RollbackLogEntity,
  ) {}

  async write(record: CutoverRecord): Promise<void> {
    for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(RETRY_MS)) {
      try {
        // Written twice it is the same: a record says where things are, not what was added.
        return await this.lifecycle.journal(this.log, record, DETAILS[record.step]);
      } catch (error) {
        if (!isDatabaseOutage(error) || performance.now() > deadline) throw error;
      }
    }
  }
}
