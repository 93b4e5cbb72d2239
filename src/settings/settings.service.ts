import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import { requireMatch } from '../contract/entity-tag.js';
import type { SnapshotSettingsUpdate } from '../contract/generated/types.gen.js';
import { Announcements } from '../announcements/announcements.js';
import { errors } from '../errors/catalogue.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { refuseFaults, refuseKeepingNothing } from './refused-settings.js';
import { scheduleChanged } from './settings-announcements.js';
import { toSettingsVersion } from './settings.dto.js';
import { SettingsReader } from './settings-reader.js';
import type { EffectiveSettings } from './settings-reader.js';
import { SnapshotSettingsEntity } from './snapshot-settings.entity.js';

/** The settings of environments, as far as the caller's token reaches. */
@Injectable()
export class SettingsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly reader: SettingsReader,
    private readonly announcements: Announcements,
  ) {}

  /** Throws `not-found`. */
  async view(caller: Caller, environmentId: string): Promise<EffectiveSettings> {
    await this.environments.require(caller, environmentId);
    return this.reader.of(environmentId);
  }

  /**
   * Changes what is given; two changes at once both count. A `maxPinned` below the number of present pins
   * is accepted: nothing is unpinned, and nothing more can be pinned. Throws `not-found`, `precondition-failed` when they
   * are not what `ifMatch` names, `validation-failed` for a schedule that cannot be or retention that would keep nothing, and
   * `permission-missing` for a query of one who may not write environments.
   */
  async update(
    caller: Caller,
    environmentId: string,
    update: SnapshotSettingsUpdate,
    ifMatch?: string,
  ): Promise<EffectiveSettings> {
    const { projectId } = await this.environments.require(caller, environmentId);
    // It runs with the environment's credentials: whoever may name those may say it.
    if (update.fileReferences && !caller.permissions.has('environments:write'))
      throw errors.permissionMissing('environments:write');
    refuseFaults(update);
    return this.dataSource.transaction(async (manager) => {
      const held = await this.reader.hold(environmentId, manager);
      const before = toSettingsVersion(held.before);
      requireMatch(ifMatch, 'settings', before);
      // The contract has let nothing through but settings.
      await manager.update(SnapshotSettingsEntity, { environmentId }, { ...update, updatedAt: () => 'now()' });
      const settings = await held.changed();
      // Its gates would wait for what never comes.
      if (settings.gateRequires === 'standby' && settings.standby === 'off')
        throw errors.validationFailed([
          { field: 'gateRequires', message: 'is standby, which needs the setting standby too' },
        ]);
      refuseKeepingNothing(settings);
      if (update.schedule !== undefined || update.schedulePaused !== undefined)
        await this.announcements.announce(manager, scheduleChanged, { projectId, environmentIds: [environmentId] });
      const after = toSettingsVersion(settings);
      audited(manager, { subject: ['settings', environmentId], projectId, environmentId, before, after });
      return settings;
    });
  }
}
