import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../src/auth/caller.js';
import { Configuration } from '../../src/config/configuration.js';
import type { KeeperItems } from '../../src/keeper/keeper-items.js';
import type { NewKeeperItem } from '../../src/keeper/upkeep.js';
import type { KeeperKind } from '../../src/keeper/keeper-item.entity.js';
import type { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { RetentionCandidates } from '../../src/retention/retention-candidates.js';
import { RetentionForecasts } from '../../src/retention/retention-forecast.js';
import { RetentionService } from '../../src/retention/retention.service.js';
import type { JobQueue } from '../../src/jobs/job-queue.js';
import { ProgressEventEntity } from '../../src/progress/progress-event.entity.js';
import { ProgressLog } from '../../src/progress/progress-log.js';
import { SnapshotLifecycle } from '../../src/snapshots/snapshot-lifecycle.js';
import { SnapshotDeletionEntity } from '../../src/snapshots/deletion/snapshot-deletion.entity.js';
import { SnapshotRemoval } from '../../src/snapshots/deletion/snapshot-removal.js';
import { Announcements } from '../../src/announcements/announcements.js';
import { SnapshotEntity } from '../../src/snapshots/snapshot.entity.js';
import { someCaller } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';

export const DAY_MS = 86_400_000;

export interface Retention {
  service: RetentionService;
  /** The snapshots whose removal from the vault was queued, in order. */
  queued: string[];
}

/** Retention with the real removal; only the keeper writes down what it is given. It stops at no share unless told. */
export function retentionOn(
  { dataSource, reader, settingsReader, snapshotReader, quotas }: Registry,
  changes: Partial<Configuration> = {},
): Retention {
  const queued: string[] = [];
  const items: Pick<KeeperItems, 'put'> = {
    async put(_manager: EntityManager, _kind: KeeperKind, ...given: readonly NewKeeperItem[]) {
      queued.push(...given.map(({ subject }) => subject));
    },
  };
  const announcements = new Announcements([]);
  const progress = new ProgressLog(dataSource.getRepository(ProgressEventEntity));
  const lifecycle = new SnapshotLifecycle(
    ...([dataSource, {} as JobQueue, items as KeeperItems, progress, announcements, quotas] as const),
  );
  const removal = new SnapshotRemoval(dataSource, reader, snapshotReader, announcements, lifecycle);
  const deletions = dataSource.getRepository(SnapshotDeletionEntity);
  const candidates = new RetentionCandidates(dataSource);
  const configuration = Object.assign(new Configuration(), { RETENTION_MAX_SHARE: 1, ...changes });
  const forecasts = new RetentionForecasts(dataSource);
  return {
    service: new RetentionService(
      ...([configuration, dataSource, deletions, reader, settingsReader, candidates, removal, forecasts] as const),
    ),
    queued,
  };
}

/** An environment of a new organization. */
export async function addEnvironment(registry: Registry): Promise<{ caller: Caller; environment: EnvironmentEntity }> {
  const caller = someCaller();
  const { project } = await registry.projects.create(caller, { name: 'shop' });
  const body = { name: 'production', type: 'production' as const, filestorePath: '/srv/shop' };
  return { caller, environment: await registry.environments.create(caller, project.id, body, false) };
}

/** A snapshot as it would be that long ago; completed and full unless told. Returns its id. */
export async function addSnapshot(
  { dataSource }: Registry,
  { id, projectId }: EnvironmentEntity,
  daysOld: number,
  changes: Partial<SnapshotEntity> = {},
): Promise<string> {
  const snapshot = {
    id: randomUUID(),
    environmentId: id,
    projectId,
    trigger: 'manual' as const,
    status: 'completed' as const,
    requestedBy: 'somebody',
    createdAt: new Date(Date.now() - daysOld * DAY_MS),
    ...changes,
  };
  await dataSource.manager.insert(SnapshotEntity, snapshot);
  return snapshot.id;
}

/** A rollback under way with this snapshot. Returns its id, which is a deployment's. */
export async function addRollback(
  manager: EntityManager,
  { id }: EnvironmentEntity,
  snapshotId: string,
  status = 'running',
): Promise<string> {
  const deploymentId = randomUUID();
  await manager.query(
    `INSERT INTO deployments (id, environment_id, kind, status, snapshot_id, requested_by)
     VALUES ($1, $2, 'rollback', $3, $4, 'somebody')`,
    [deploymentId, id, status, snapshotId],
  );
  await manager.query(
    `INSERT INTO rollback_logs
       (deployment_id, environment_id, source_environment_id, snapshot_id, create_safety_snapshot, status, requested_by)
     VALUES ($1, $2, $2, $3, false, $4, 'somebody')`,
    [deploymentId, id, snapshotId, status],
  );
  return deploymentId;
}
