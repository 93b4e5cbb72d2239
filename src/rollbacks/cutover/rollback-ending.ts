import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { databaseTime } from '../../database/database-time.js';
import type { Finding } from '../../contract/generated/types.gen.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { BesideRemoval } from '../../projects/places/beside-removal.js';
import { LateWrites } from './late-writes.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import { RollbackLogEntity } from '../rollback-log.entity.js';
import { SafetySnapshots } from '../safety/safety-snapshots.js';

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

/** The end of a rollback whose new state is in place: the previous one is kept for its safety snapshot and an undo, or removed. */
@Injectable()
export class RollbackEnding {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: SettingsReader,
    private readonly lifecycle: RollbackLifecycle,
    private readonly removal: BesideRemoval,
    private readonly environments: EnvironmentReader,
    private readonly safety: SafetySnapshots,
    private readonly late: LateWrites,
  ) {}

  async completed(log: RollbackLogEntity, end: CutoverEnd): Promise<void> {
    const { downtimeMs, keptDatabase, keptDirectory, warnings } = end;
    await this.lifecycle.note(log, { downtimeMs, keptDatabase, keptDirectory });
    await this.lifecycle.endStep(log, 'completed', end.story);
    const { undoMinutes } = await this.settings.of(log.environmentId);
    const keeps = (keptDatabase ?? keptDirectory) !== null;
    const undoable = undoMinutes > 0 && log.undoExpiredAt === null;
    if (keeps && log.createSafetySnapshot) return this.keepForSafety(log, warnings, undoable ? undoMinutes : 0);
    if (keeps && undoable) {
      const kept = { keptDatabase, keptDirectory, undoMinutes };
      return this.lifecycle.complete(log, warnings, kept, (manager) => this.late.order(manager, log));
    }
    // Said first: whoever finishes this after us must not offer a half-removed state for an undo.
    await this.lifecycle.note(log, { undoExpiredAt: await databaseTime(this.dataSource.manager) });
    await this.lifecycle.beginStep(log, 'cleanup');
    const late = await this.late.look(log);
    const left = await this.removal.remove(log);
    // What cannot be removed now, for want of room perhaps, is tried again by the keeper.
    const kept =
      left.length === 0
        ? { keptDatabase: null, keptDirectory: null, undoMinutes: null }
        : { keptDatabase, keptDirectory, undoMinutes: 0 };
    await this.lifecycle.complete(log, [...warnings, ...late, ...left], kept);
  }

  /** The previous state stays until it has been captured, which is ordered together with the rollback's end. */
  private async keepForSafety(log: RollbackLogEntity, warnings: Finding[], undoMinutes: number): Promise<void> {
    if (undoMinutes === 0)
      await this.lifecycle.note(log, { undoExpiredAt: await databaseTime(this.dataSource.manager) });
    const { keptDatabase, keptDirectory } = log;
    await this.lifecycle.complete(log, warnings, { keptDatabase, keptDirectory, undoMinutes }, async (manager) => {
      const environment = await this.environments.lock(manager, log.environmentId);
      const ordered = await this.safety.order(manager, environment, log);
      await manager.update(RollbackLogEntity, { deploymentId: log.deploymentId }, ordered);
      await this.late.order(manager, log);
    });
  }
}
