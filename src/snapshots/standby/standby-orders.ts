import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { audited } from '../../audit/audited.js';
import type { StandbyWhen } from '../../contract/generated/types.gen.js';
import type { NewKeeperItem } from '../../keeper/upkeep.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { SnapshotEntity } from '../snapshot.entity.js';
import { VerificationLifecycle } from '../verification/verification-lifecycle.js';
import { VerificationReader } from '../verification/verification-reader.js';
import { decideStandby } from './decide-standby.js';
import { StandbyEntity } from './standby.entity.js';
import { Standbys } from './standbys.js';

/** Who asked for a verification that nobody asked for. */
const BY_SETTINGS = 'settings';
const FIRST_PAUSE_SECONDS = 2;
const LONGEST_PAUSE_SECONDS = 900;

/** What the keeper's subject ends in where it is only to be seen whether a standby is on disk: that waits, and holds nothing up. */
export const ON_DISK = '/on-disk';

/** Whether a snapshot `s` may stand ready where the settings `w` want one, in SQL. */
const MAY_STAND = `s.status = 'completed' AND s.restorability IS DISTINCT FROM 'refuted' AND s.trigger <> 'safety'
  AND (w.standby = 'newest' OR w.standby = 'pre_deploy' AND s.trigger = 'pre_deploy')`;
const UNDER_WAY = `EXISTS (SELECT FROM snapshot_verifications v
  WHERE v.standby_id = y.id AND v.status IN ('queued', 'running'))`;
/** The last one could not be built, or was lost, a moment ago: longer each time. */
const PAUSES = `EXISTS (SELECT FROM standbys y WHERE y.environment_id = w.environment_id AND y.status = 'missing'
  AND y.missing_since + make_interval(secs => least(${LONGEST_PAUSE_SECONDS}, ${FIRST_PAUSE_SECONDS} * power(2, y.tries))) > now())`;
const NEWEST = `SELECT s.id FROM snapshots s WHERE s.environment_id = w.environment_id AND ${MAY_STAND}
  ORDER BY s.created_at DESC LIMIT 1`;

/** Says which standbys are to be built, and has their verifications build them. */
@Injectable()
export class StandbyOrders {
  constructor(
    private readonly environments: EnvironmentReader,
    private readonly settings: SettingsReader,
    private readonly standbys: Standbys,
    private readonly verifications: VerificationLifecycle,
    private readonly verificationReader: VerificationReader,
  ) {}

  /** Whether a snapshot of this trigger is to stand ready. */
  static wants(when: StandbyWhen, trigger: SnapshotEntity['trigger']): boolean {
    return trigger !== 'safety' && (when === 'newest' || (when === 'pre_deploy' && trigger === 'pre_deploy'));
  }

  /** A verification that builds one, in the caller's transaction, which holds the snapshot's row; false while another one is being built. */
  async order(manager: EntityManager, snapshot: SnapshotEntity, pool: string): Promise<boolean> {
    const standbyId = await this.standbys.begin(manager, snapshot.environmentId, snapshot.id);
    if (standbyId === null) return false;
    await this.verifications.order(manager, snapshot, { requestedBy: BY_SETTINGS, pool, standbyId });
    const after = { snapshotId: snapshot.id };
    audited(manager, {
      ...{ operation: 'standby.build', subject: ['standby', standbyId], after },
      ...{ projectId: snapshot.projectId, environmentId: snapshot.environmentId },
    });
    return true;
  }

  /** What is due in an environment: begins what is missing, and resolves to what is to be removed, which is not used any more from here on. */
  async decide(manager: EntityManager, environmentId: string, isRollingBack: boolean): Promise<StandbyEntity[]> {
    const environment = await this.environments.lock(manager, environmentId);
    const { standby: when } = await this.settings.of(environmentId, manager);
    const [now] = await manager.query<{ newest: string | null; pauses: boolean }[]>(
      `SELECT (${NEWEST}) AS newest, ${PAUSES} AS pauses FROM snapshot_settings w WHERE w.environment_id = $1`,
      [environmentId],
    );
    const wanted = now?.newest ?? null;
    const rows = await this.standbys.ofEnvironment(environmentId, manager);
    const underWay: { id: string }[] = await manager.query(
      `SELECT y.id FROM standbys y WHERE y.environment_id = $1 AND ${UNDER_WAY}`,
      [environmentId],
    );
    const isUnderWay = (id: string) => underWay.some((one) => one.id === id);
    const { remove, build } = decideStandby({
      ...{ when, wanted, isRollingBack },
      isBeingVerified: wanted !== null && (await this.verificationReader.unfinished(manager, wanted)) !== null,
      standbys: rows.map((row) => ({ ...row, isUnderWay: isUnderWay(row.id) })),
    });
    await this.standbys.giveUp(manager, remove, null);
    if (build !== null && now?.pauses === false) {
      const snapshot = await manager.findOne(SnapshotEntity, {
        where: { id: build, status: 'completed' },
        lock: { mode: 'pessimistic_read' },
      });
      if (snapshot !== null) await this.order(manager, snapshot, environment.pool);
    }
    return (await this.standbys.ofEnvironment(environmentId, manager)).filter(({ id }) => remove.includes(id));
  }

  /** Environments of which something is to be removed, built or looked at. */
  async environmentsInNeed(manager: EntityManager): Promise<NewKeeperItem[]> {
    return manager.query(
      `SELECT e.id::text AS subject, e.project_id AS "projectId", e.id AS "environmentId", e.pool
         FROM environments e JOIN snapshot_settings w ON w.environment_id = e.id
        WHERE EXISTS (
                SELECT FROM standbys y WHERE y.environment_id = e.id AND y.taken_by IS NULL AND (
                  y.status = 'going' OR y.status = 'building' AND (w.standby = 'off' OR NOT ${UNDER_WAY})
                  OR y.status = 'ready' AND (
                    w.standby = 'off' OR y.snapshot_id IS NULL
                    OR EXISTS (SELECT FROM standbys newer WHERE newer.environment_id = e.id AND newer.status = 'ready'
                                  AND newer.taken_by IS NULL AND newer.created_at > y.created_at))))
           OR w.standby <> 'off' AND NOT ${PAUSES} AND EXISTS (
                SELECT FROM (${NEWEST}) newest
                 WHERE NOT EXISTS (SELECT FROM standbys y WHERE y.environment_id = e.id
                                      AND (y.status = 'building' OR y.status = 'ready' AND y.snapshot_id = newest.id))
                   AND NOT EXISTS (SELECT FROM snapshot_verifications v
                                    WHERE v.snapshot_id = newest.id AND v.status IN ('queued', 'running')))`,
    );
  }

  /** Environments with a standby of which it is not known yet that all of it is on disk. */
  async environmentsInMemory(manager: EntityManager): Promise<NewKeeperItem[]> {
    return manager.query(
      `SELECT DISTINCT e.id || $1 AS subject, e.project_id AS "projectId", e.id AS "environmentId", e.pool
         FROM environments e JOIN standbys y ON y.environment_id = e.id
        WHERE y.status = 'ready' AND y.taken_by IS NULL AND y.built -> 'database' -> 'onDisk' = 'false'`,
      [ON_DISK],
    );
  }
}
