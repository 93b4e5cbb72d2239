import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { EnvironmentType, SnapshotDefaultsRule } from '../contract/generated/types.gen.js';
import { isForeignKeyViolation } from '../database/constraint-violation.js';
import { errors } from '../errors/catalogue.js';
import { effectiveProtection } from './protection.js';
import type { OwnProtection, Protection, ProtectionSources } from './protection.js';
import { refuseFaults, refuseKeepingNothing } from './refused-settings.js';
import { SnapshotSettingsEntity } from './snapshot-settings.entity.js';

/** The settings of an environment that hold in effect, and where those come from that its project can say. */
export type EffectiveSettings = Omit<SnapshotSettingsEntity, keyof Protection> &
  Protection & { sources: ProtectionSources };

/** Settings that nobody else changes for now. */
export interface HeldSettings {
  before: EffectiveSettings;
  changed(): Promise<EffectiveSettings>;
}

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
  async of(environmentId: string, manager: EntityManager = this.settings.manager): Promise<EffectiveSettings> {
    const [own, { type, rules }] = [await this.own(environmentId, manager), await placeOf(environmentId, manager)];
    return inEffect(own, rules, type);
  }

  /**
   * What they would be if these were changed; nothing is. Throws `not-found` as `of` does, and `validation-failed` for what a change of the
   * settings would be refused for.
   */
  async tried(environmentId: string, changes: Partial<OwnProtection>): Promise<EffectiveSettings> {
    refuseFaults(changes);
    const manager = this.settings.manager;
    const [own, { type, rules }] = [await this.own(environmentId, manager), await placeOf(environmentId, manager)];
    const settings = inEffect({ ...own, ...changes }, rules, type);
    refuseKeepingNothing(settings);
    return settings;
  }

  /**
   * The same as `of` for whoever changes them: until the caller's transaction ends nobody else does, nor what their project says. What they are
   * after a change of their row is asked for with `changed`. The project comes first, as for those who change what it says.
   */
  async hold(environmentId: string, manager: EntityManager): Promise<HeldSettings> {
    const { type, rules } = await placeOf(environmentId, manager, 'FOR SHARE OF p');
    await this.own(environmentId, manager);
    const lock = { mode: 'pessimistic_write' } as const;
    const own = await manager.findOneOrFail(SnapshotSettingsEntity, { where: { environmentId }, lock });
    return {
      before: inEffect(own, rules, type),
      changed: async () =>
        inEffect(await manager.findOneByOrFail(SnapshotSettingsEntity, { environmentId }), rules, type),
    };
  }

  /** What it says itself. */
  private async own(environmentId: string, manager: EntityManager): Promise<SnapshotSettingsEntity> {
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

/** What the environment says, with what its project's rules say where it says nothing. Pure. */
export function inEffect(
  own: SnapshotSettingsEntity,
  rules: readonly SnapshotDefaultsRule[],
  type: EnvironmentType,
): EffectiveSettings {
  const { values, sources } = effectiveProtection(own, rules, type);
  return { ...own, ...values, sources };
}

async function placeOf(
  environmentId: string,
  manager: EntityManager,
  lock = '',
): Promise<{ type: EnvironmentType; rules: SnapshotDefaultsRule[] }> {
  const rows: { type: EnvironmentType; rules: SnapshotDefaultsRule[] }[] = await manager.query(
    `SELECT e.type, p.snapshot_defaults AS rules FROM environments e JOIN projects p ON p.id = e.project_id WHERE e.id = $1 ${lock}`,
    [environmentId],
  );
  const [row] = rows;
  if (row === undefined) throw errors.notFound('environment', environmentId);
  return row;
}
