import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { databaseTime } from '../../database/database-time.js';
import type { Finding } from '../../contract/generated/types.gen.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { BesideRemoval } from '../removal/beside-removal.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';

/** What a cutover has come to, whoever finished it. */
export interface CutoverEnd {
  /** Null: nobody knows. */
  downtimeMs: number | null;
  keptDatabase: string | null;
  keptDirectory: string | null;
  warnings: Finding[];
  /** For the step of the log. */
  story: string;
}

/** The end of a rollback whose new state is in place: the previous one is kept for an undo, or removed. */
@Injectable()
export class RollbackEnding {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: SettingsReader,
    private readonly lifecycle: RollbackLifecycle,
    private readonly removal: BesideRemoval,
  ) {}

  async completed(log: RollbackLogEntity, end: CutoverEnd): Promise<void> {
    const { downtimeMs, keptDatabase, keptDirectory, warnings } = end;
    await this.lifecycle.note(log, { downtimeMs, keptDatabase, keptDirectory });
    await this.lifecycle.endStep(log, 'completed', end.story);
    const { undoMinutes } = await this.settings.of(log.environmentId);
    if (undoMinutes > 0 && log.undoExpiredAt === null && (keptDatabase ?? keptDirectory) !== null) {
      return this.lifecycle.complete(log, warnings, { keptDatabase, keptDirectory, undoMinutes });
    }
    // Said first: whoever finishes this after us must not offer a half-removed state for an undo.
    await this.lifecycle.note(log, { undoExpiredAt: await databaseTime(this.dataSource.manager) });
    await this.lifecycle.beginStep(log, 'cleanup');
    const left = await this.removal.remove(log);
    // What cannot be removed now, for want of room perhaps, is tried again by the keeper.
    const kept =
      left.length === 0
        ? { keptDatabase: null, keptDirectory: null, undoMinutes: null }
        : { keptDatabase, keptDirectory, undoMinutes: 0 };
    await this.lifecycle.complete(log, [...warnings, ...left], kept);
  }
}
