import type { DataSourceOptions } from 'typeorm';
import { DeploymentEntity } from '../deployments/deployment.entity.js';
import { IdempotencyKeyEntity } from '../idempotency/idempotency-key.entity.js';
import { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { ProgressEventEntity } from '../progress/progress-event.entity.js';
import { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { ProjectEntity } from '../projects/project.entity.js';
import { RollbackLogEntity } from '../rollbacks/rollback-log.entity.js';
import { SnapshotSettingsEntity } from '../settings/snapshot-settings.entity.js';
import { SnapshotDeletionEntity } from '../snapshots/deletion/snapshot-deletion.entity.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { VerificationEntity } from '../snapshots/verification/verification.entity.js';
import { Initial1764000000000 } from './migrations/1764000000000-initial.js';
import { Differential1764100000000 } from './migrations/1764100000000-differential.js';
import { Damage1764150000000 } from './migrations/1764150000000-damage.js';
import { CutoverJournal1764200000000 } from './migrations/1764200000000-cutover-journal.js';
import { Verification1764300000000 } from './migrations/1764300000000-verification.js';
import { RestoreNeeds1764360000000 } from './migrations/1764360000000-restore-needs.js';
import { ProvenPlaces1764370000000 } from './migrations/1764370000000-proven-places.js';
import { StartProofs1764380000000 } from './migrations/1764380000000-start-proofs.js';
import { BroughtBack1764450000000 } from './migrations/1764450000000-brought-back.js';
import { Keeper1764390000000 } from './migrations/1764390000000-keeper.js';
import { Restorability1764350000000 } from './migrations/1764350000000-restorability.js';
import { STATE_POOL, STATEMENT_TIMEOUT_MS } from './state-session.js';

/** The service's own database: what it knows, and nothing of what it captures. */
export function dataSourceOptions(url: string, poolSize: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'snapback',
    entities: [
      ProjectEntity,
      EnvironmentEntity,
      SnapshotSettingsEntity,
      SnapshotEntity,
      SnapshotDeletionEntity,
      VerificationEntity,
      DeploymentEntity,
      RollbackLogEntity,
      ProgressEventEntity,
      IdempotencyKeyEntity,
      KeeperItemEntity,
    ],
    migrations: [
      Initial1764000000000,
      Differential1764100000000,
      Damage1764150000000,
      CutoverJournal1764200000000,
      Verification1764300000000,
      Restorability1764350000000,
      RestoreNeeds1764360000000,
      ProvenPlaces1764370000000,
      StartProofs1764380000000,
      Keeper1764390000000,
      BroughtBack1764450000000,
    ],
    migrationsTransactionMode: 'each',
    synchronize: false,
    extra: { ...STATE_POOL, statement_timeout: STATEMENT_TIMEOUT_MS },
  };
}
