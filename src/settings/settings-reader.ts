import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { isForeignKeyViolation } from '../database/constraint-violation.js';
import { errors } from '../errors/catalogue.js';
import { SnapshotSettingsEntity } from './snapshot-settings.entity.js';

/** What other features may ask about settings. */
@Injectable()
export class SettingsReader {
  constructor(
    @InjectRepository(SnapshotSettingsEntity) private readonly settings: Repository<SnapshotSettingsEntity>,
  ) {}

  /**
   * The settings of an environment: the defaults, until somebody changes them. Throws `not-found` when the
   * environment is gone. It checks no tenant: the caller has found the environment.
   */
  async of(environmentId: string, manager: EntityManager = this.settings.manager): Promise<SnapshotSettingsEntity> {
    const settings = await manager.findOneBy(SnapshotSettingsEntity, { environmentId });
    if (settings !== null) return settings;
    // The defaults are the table's. Somebody else may be adding them too; both then read the same row.
    await manager
      .query(`INSERT INTO snapshot_settings (environment_id) VALUES ($1) ON CONFLICT DO NOTHING`, [environmentId])
      .catch((error: unknown) => {
        throw isForeignKeyViolation(error) ? errors.notFound('environment', environmentId) : error;
      });
    return manager.findOneByOrFail(SnapshotSettingsEntity, { environmentId });
  }
}
