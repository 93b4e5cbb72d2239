import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Finding } from '../../contract/generated/types.gen.js';
import { stagedDirectoryOf } from '../../engine/filestore/paths/states-place.js';
import { shadowDatabaseName } from '../../engine/postgres/databases/shadow-database.js';
import { errors } from '../../errors/catalogue.js';
import { BesideRemoval } from '../../projects/places/beside-removal.js';
import { DoFirst } from '../../projects/environments/environment-announcements.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { VerificationReader } from '../verification/verification-reader.js';
import type { StandbyEntity } from './standby.entity.js';
import { Standbys } from './standbys.js';

/** Somebody waits for the answer. */
const DROP_TIMEOUT_MS = 10_000;
/** How long whoever builds one may take to notice that it is not wanted any more. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 100;

/** Removes standbys, by their names. */
@Injectable()
export class StandbyRemoval {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly standbys: Standbys,
    private readonly verifications: VerificationReader,
    private readonly beside: BesideRemoval,
  ) {}

  /** What is going already. Resolves to what could not be removed; that is tried again by the keeper. */
  async remove(standby: StandbyEntity, options: { timeoutMs?: number } = {}): Promise<Finding[]> {
    const left = [...(await this.removeBuilt(standby, options)), ...(await this.removeOwn(standby, options))];
    if (left.length === 0) await this.standbys.removed(standby);
    return left;
  }

  /** What one that is being built has inherited of an older one, and cannot be made into it. */
  async removeInherited(standby: StandbyEntity): Promise<Finding[]> {
    const left = await this.removeBuilt(standby, {});
    if (left.length === 0) await this.standbys.disinherited(standby.id);
    return left;
  }

  private async removeBuilt(
    { environmentId, built }: StandbyEntity,
    options: { timeoutMs?: number },
  ): Promise<Finding[]> {
    const keptDatabase = built?.database?.name ?? null;
    const keptDirectory = built?.directory?.path ?? null;
    return this.beside.remove({ environmentId, keptDatabase, keptDirectory, journal: null }, options);
  }

  /** By the names under which it is built. */
  private async removeOwn({ id, environmentId }: StandbyEntity, options: { timeoutMs?: number }): Promise<Finding[]> {
    const environment = await this.environments.byId(environmentId);
    if (environment === null) return [];
    const { filestorePath, database } = environment;
    const keptDirectory = filestorePath === null ? null : await stagedDirectoryOf(filestorePath, id);
    const keptDatabase = database === null ? null : shadowDatabaseName(id);
    return this.beside.remove({ environmentId, keptDatabase, keptDirectory, journal: null }, options);
  }

  /** Also those that are ready, or being built; nothing of what a rollback has taken. */
  async removeNow(
    standbys: readonly StandbyEntity[],
    reason: Finding | null,
    options: { timeoutMs?: number } = {},
  ): Promise<Finding[]> {
    await this.standbys.giveUp(
      this.dataSource.manager,
      standbys.map(({ id }) => id),
      reason,
    );
    const left: Finding[] = [];
    for (const { id } of standbys) {
      await this.letGo(id);
      const now = await this.standbys.byId(id);
      if (now?.status === 'going') left.push(...(await this.remove(now, options)));
    }
    return left;
  }

  /**
   * For a change after which nobody would know how to reach what the environment has: throws `DoFirst`, for removing takes longer
   * than a transaction may. That throws `standby-present` when one stays.
   */
  async requireNone(manager: EntityManager, { id }: EnvironmentEntity): Promise<void> {
    const standbys = await this.standbys.ofEnvironment(id, manager);
    if (standbys.some(({ status }) => status !== 'missing')) throw new DoFirst(() => this.removeAllOf(id));
    // What is only said of those that were there goes with the environment's place.
    await this.standbys.forget(manager, id);
  }

  private async removeAllOf(environmentId: string): Promise<void> {
    const standbys = (await this.standbys.ofEnvironment(environmentId)).filter(({ status }) => status !== 'missing');
    const [left] = await this.removeNow(standbys, null, { timeoutMs: DROP_TIMEOUT_MS });
    if (left !== undefined) throw errors.standbyPresent(left.message);
  }

  private async letGo(standbyId: string): Promise<void> {
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(LOOK_MS))
      if (!(await this.verifications.isBuilding(standbyId))) return;
    throw errors.standbyPresent('It is still being built.');
  }
}
