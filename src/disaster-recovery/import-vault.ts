import { DataSource } from 'typeorm';
import type { Configuration } from '../config/configuration.js';
import { dataSourceOptions } from '../database/data-source.js';
import { runMigrations } from '../database/run-migrations.js';
import { DEFAULT_ORGANIZATION } from '../trust-domains/trust-domains.js';
import type { VaultAccess } from '../vault-access/vault-access.js';
import type { CommandWork } from '../vault/cli/vault-tools.js';
import { KeyError } from '../vault/keys/key-error.js';
import { listProjects } from '../vault/keys/list-projects.js';
import { readSealedBatches, readSealedEnds } from '../vault/manifests/read-sealed-manifest.js';
import { sumsOf } from '../vault/objects-alone/manifest-sums.js';
import { ProjectKeys } from '../vault/keys/project-keys.js';
import { rebuildCatalogue, type RestoredSnapshot } from '../vault/repair/rebuild-catalogue.js';
import { VaultError } from '../vault/vault-error.js';
import { beginStaging, finishStaging, requireEmptyState, stageSnapshots } from './import-staging.js';
import { ImportedPlaces, type ImportedManifest, type Row, snapshotRow } from './imported-rows.js';

/** Rows sent at once. */
const BATCH = 100;
const MIGRATION_CONNECTIONS = 2;

type Opened = Pick<VaultAccess, 'backend' | 'catalogue' | 'connections' | 'masterKey'>;

/**
 * `snapback-vault import`: makes the service's rows anew from the objects of the vault, in a database that has none: the catalogue,
 * the projects and environments, without their connections and secrets, and every snapshot that can be read, under the ids that
 * they had. The rows come into being together, at the end; killed before that it is run again. What cannot be read is told, and
 * left out.
 *
 * Rejects with `CommandError` for a database that is not empty, `CatalogueError`, and as the stores do, or with `signal.reason`.
 */
export async function importVault(opened: Opened, configuration: Configuration, work: CommandWork): Promise<void> {
  const { connections, backend } = opened;
  await migrate(configuration);
  await requireEmptyState(connections);
  await beginStaging(connections);
  const places = new ImportedPlaces(configuration.ORGANIZATION ?? DEFAULT_ORGANIZATION);
  let total = 0;
  for await (const project of listProjects(backend)) {
    work.signal.throwIfAborted();
    try {
      total += await importProject(opened, project, places, work);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      work.failure(`Project ${project} was left out: ${error.message}`);
    }
  }
  const { projects, environments } = places.rows(new Date());
  await finishStaging(connections, { projects, environments });
  work.done(`${projects.length} projects, ${environments.length} environments and ${total} snapshots are back.`);
  work.done(
    'Environments have no connection until environmentUpdate gives them one. Nothing is pinned, and retention deletes none of these snapshots before somebody has confirmed it.',
  );
}

async function migrate({ DATABASE_URL = '' }: Configuration): Promise<void> {
  const dataSource = new DataSource(dataSourceOptions(DATABASE_URL, MIGRATION_CONNECTIONS));
  await dataSource.initialize();
  try {
    await runMigrations(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** Resolves to how many snapshots it has. */
async function importProject(
  opened: Opened,
  project: string,
  places: ImportedPlaces,
  work: CommandWork,
): Promise<number> {
  const report = await rebuildCatalogue(opened, project, { signal: work.signal });
  for (const { key, message } of report.unreadablePacks) work.failure(`${key}: ${message} It was left as it is.`);
  let batch: Row[] = [];
  let rows = 0;
  for (const snapshot of report.snapshots) {
    work.signal.throwIfAborted();
    const manifest = await readManifest(opened, project, snapshot);
    if (manifest instanceof VaultError) {
      work.failure(`Snapshot ${snapshot.snapshotId} was left out: ${manifest.message}`);
      continue;
    }
    batch.push(snapshotRow(manifest, places.add(manifest)));
    rows += 1;
    if (batch.length < BATCH) continue;
    await stageSnapshots(opened.connections, batch);
    batch = [];
  }
  await stageSnapshots(opened.connections, batch);
  work.done(`Project ${project}: ${report.packs} packs, ${rows} snapshots.`);
  return rows;
}

async function readManifest(
  { backend, masterKey }: Opened,
  project: string,
  { snapshotId, objectKey }: RestoredSnapshot,
): Promise<ImportedManifest | VaultError> {
  const dataKey = await new ProjectKeys(backend, masterKey).of(project);
  try {
    const ends = await readSealedEnds(backend, dataKey, snapshotId, objectKey);
    const sums = await sumsOf(readSealedBatches(backend, dataKey, snapshotId, objectKey));
    const stored = await backend.stat(objectKey);
    const { bytes = 0, modifiedAt = new Date(ends.header.createdAt) } = stored ?? {};
    const lockedUntil = (await backend.locks?.lockedUntil(objectKey)) ?? null;
    return { ...ends, project, sums, manifestBytes: bytes, publishedAt: modifiedAt, lockedUntil };
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
}
