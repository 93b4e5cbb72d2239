import { StandbyEntity } from '../../src/snapshots/standby/standby.entity.js';
import { PlaceProofKeeper } from '../../src/projects/places/place-proofs.js';
import type { ProjectPlaces } from '../../src/trust-domains/project-places.js';
import { DEFAULT_ORGANIZATION, TrustDomains } from '../../src/trust-domains/trust-domains.js';
import { randomBytes, randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import type { Caller } from '../../src/auth/caller.js';
import { Configuration } from '../../src/config/configuration.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { runMigrations } from '../../src/database/run-migrations.js';
import { DeploymentEntity } from '../../src/deployments/deployment.entity.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { KeeperItemEntity } from '../../src/keeper/keeper-item.entity.js';
import { KeeperItems } from '../../src/keeper/keeper-items.js';
import { ProgressEventEntity } from '../../src/progress/progress-event.entity.js';
import { EnvironmentChecks } from '../../src/projects/environments/environment-checks.js';
import { EnvironmentConnections } from '../../src/projects/connections/environment-connections.js';
import { EnvironmentEntity } from '../../src/projects/environments/environment.entity.js';
import { EnvironmentReader } from '../../src/projects/environments/environment-reader.js';
import { Announcements } from '../../src/announcements/announcements.js';
import { EnvironmentsService } from '../../src/projects/environments/environments.service.js';
import { ProjectEntity } from '../../src/projects/project.entity.js';
import { Quotas } from '../../src/quotas/quotas.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import { SecretBox } from '../../src/projects/connections/secret-box.js';
import { RollbackLogEntity } from '../../src/rollbacks/rollback-log.entity.js';
import { ScheduleRunEntity } from '../../src/schedules/schedule-run.entity.js';
import { SettingsReader } from '../../src/settings/settings-reader.js';
import { SettingsService } from '../../src/settings/settings.service.js';
import { SnapshotSettingsEntity } from '../../src/settings/snapshot-settings.entity.js';
import { SnapshotDeletionEntity } from '../../src/snapshots/deletion/snapshot-deletion.entity.js';
import { SnapshotReader } from '../../src/snapshots/snapshot-reader.js';
import { SnapshotEntity } from '../../src/snapshots/snapshot.entity.js';
import { VerificationEntity } from '../../src/snapshots/verification/verification.entity.js';
import { createTestDatabase } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';

/** What the features' modules register in the service. */
const ENTITIES = [
  ...[ProjectEntity, EnvironmentEntity, SnapshotSettingsEntity, DeploymentEntity, RollbackLogEntity],
  ...[SnapshotEntity, SnapshotDeletionEntity, StandbyEntity, VerificationEntity, ProgressEventEntity, KeeperItemEntity],
  ScheduleRunEntity,
];

/** The service's state in a database of its own, and the registry's services on it, without HTTP. */
export interface Registry {
  database: TestDatabase;
  dataSource: DataSource;
  configuration: Configuration;
  box: SecretBox;
  reader: EnvironmentReader;
  announcements: Announcements;
  connections: EnvironmentConnections;
  places: Pick<ProjectPlaces, 'of' | 'ofOrganization'>;
  proofs: PlaceProofKeeper;
  quotas: Quotas;
  projects: ProjectsService;
  environments: EnvironmentsService;
  settingsReader: SettingsReader;
  settings: SettingsService;
  snapshotReader: SnapshotReader;
  items: KeeperItems;
  close(): Promise<void>;
}

export function urlOf({ host, port, database, user, password }: DatabaseAddress): string {
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}`;
}

export async function startRegistry(changes: Partial<Configuration> = {}): Promise<Registry> {
  const database = await createTestDatabase();
  const dataSource = await new DataSource(dataSourceOptions(urlOf(database.address), 10, ENTITIES)).initialize();
  await runMigrations(dataSource);
  const configuration = Object.assign(new Configuration(), changes);
  const box = SecretBox.withKey(randomBytes(32).toString('base64'));
  const rowsOfProjects = dataSource.getRepository(ProjectEntity);
  const rowsOfEnvironments = dataSource.getRepository(EnvironmentEntity);
  const reader = new EnvironmentReader(rowsOfEnvironments, rowsOfProjects);
  const announcements = new Announcements(['retention', 'schedules', 'test']);
  // Of whatever organization a caller is.
  const domains = TrustDomains.of(configuration);
  const ofOrganization = () => domains.placesOf(DEFAULT_ORGANIZATION);
  const places = { of: async () => ofOrganization(), ofOrganization };
  const connections = new EnvironmentConnections(places, box);
  const checks = new EnvironmentChecks(configuration, connections, places);
  const proofs = new PlaceProofKeeper(rowsOfEnvironments, connections);
  const settingsReader = new SettingsReader(dataSource.getRepository(SnapshotSettingsEntity));
  const quotas = new Quotas(configuration, dataSource);
  return {
    database,
    dataSource,
    configuration,
    box,
    reader,
    announcements,
    connections,
    places,
    proofs,
    projects: new ProjectsService(rowsOfProjects, rowsOfEnvironments, reader),
    quotas,
    environments: new EnvironmentsService(
      ...([dataSource, rowsOfEnvironments, reader, checks, announcements, box, proofs, quotas] as const),
    ),
    settingsReader,
    settings: new SettingsService(dataSource, reader, settingsReader, announcements),
    snapshotReader: new SnapshotReader(dataSource.getRepository(SnapshotEntity), rowsOfEnvironments),
    items: new KeeperItems(dataSource.getRepository(KeeperItemEntity), announcements),
    async close() {
      await dataSource.destroy();
      await database.drop();
    },
  };
}

/** A caller of an organization nobody else has, unless told. */
export function someCaller(changes: Partial<Caller> = {}): Caller {
  return {
    subject: 'somebody',
    organization: `org-${randomUUID()}`,
    permissions: new Set(),
    expiresAt: new Date('2100-01-01T00:00:00Z'),
    projects: null,
    ...changes,
  };
}
