import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VaultReader } from '../../vault/vault.js';
import { EngineError } from '../engine-error.js';
import { onOutput } from '../extract/writing-output.js';
import { openConnection } from '../postgres/connection/connect.js';
import type { DatabaseAddress } from '../postgres/connection/database-address.js';
import { Door } from '../postgres/connection/door.js';
import { shadowDatabaseName } from '../postgres/databases/shadow-database.js';
import type { WorkContext } from '../progress.js';
import { asDamage, surveyManifest } from '../restore/compare/manifest-survey.js';
import { dropKept, type KeptState } from '../restore/staging/discard.js';
import { maintenanceDatabaseOf, stageDatabase } from '../restore/staging/stage-database.js';
import type { StagedDatabase } from '../restore/staging/staged.js';
import { dumpDatabase } from './dump-database.js';
import type { Exported, ExportRequest } from './export-request.js';
import { odooManifest } from './odoo-manifest.js';
import { FILESTORE, writeArchive } from './write-archive.js';

/** Nobody else may read what was captured. */
const PRIVATE_DIRECTORY = 0o700;

/**
 * Writes a snapshot as one file: its database as a dump of a scratch database, in which it was made harmless if it was to be, its filestore, and a
 * manifest. Until all of it is on disk it lies in `<to>.partial`; what an attempt with the same id has left is removed first.
 *
 * Rejects with `EngineError('snapshot-damaged' | 'disk-full' | 'export-unfit' | 'dump-failed' | …)` or `signal.reason`; nothing is left then, as far as
 * that is possible (`removeExport`).
 */
export async function exportSnapshot(
  request: ExportRequest,
  vault: VaultReader,
  context: WorkContext,
): Promise<Exported> {
  await removeExport(request);
  const partial = partialOf(request.to);
  await onOutput(partial, () => mkdir(partial, { mode: PRIVATE_DIRECTORY }));
  try {
    context.progress.report({ phase: 'prepare', message: 'Reading the manifest.' });
    const survey = await surveyManifest(vault, request.project, request.snapshotId);
    if (request.layout === 'odoo' && !(survey.database && survey.filestore && request.format === 'zip'))
      throw new EngineError('export-unfit', "Odoo's layout is a zip of a database and a filestore.");
    let odoo: Record<string, unknown> | undefined;
    if (survey.database) odoo = await writeDump(request, survey.database, vault, partial, context);
    const manifest = odoo ?? manifestOf(request, survey);
    await onOutput(partial, () => writeFile(join(partial, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`));
    const exported = await writeArchive(request, survey.filestore !== undefined, vault, partial, context);
    await onOutput(request.to, () => publish(join(partial, 'archive'), request.to));
    await rm(partial, { recursive: true, force: true });
    return exported;
  } catch (error) {
    await removeExport(request).catch(() => undefined);
    context.signal.throwIfAborted();
    throw asDamage(error);
  }
}

/** Removes what an attempt has left, its file too. Rejects with what could not be removed. */
export async function removeExport(request: Pick<ExportRequest, 'id' | 'to' | 'database'>): Promise<void> {
  await onOutput(request.to, async () => {
    await rm(partialOf(request.to), { recursive: true, force: true });
    await rm(request.to, { force: true });
  });
  const [left] = await dropKept(scratchOf(request));
  if (left !== undefined) throw new EngineError('restore-failed', left);
}

function scratchOf({ id, database }: Pick<ExportRequest, 'id' | 'database'>): KeptState {
  if (!database) return {};
  const address = { ...database.address, database: maintenanceDatabaseOf(database.like) };
  return { database: { address, name: shadowDatabaseName(id) } };
}

/** Resolves to Odoo's manifest, where that is wanted. */
async function writeDump(
  request: ExportRequest,
  survey: Parameters<typeof stageDatabase>[2],
  vault: VaultReader,
  partial: string,
  context: WorkContext,
): Promise<Record<string, unknown> | undefined> {
  const { database, layout, neutralize, project, snapshotId, id } = request;
  if (!database)
    throw new EngineError('database-missing', 'The snapshot has a database, the environment has none any more.');
  const { address, like } = database;
  let made: StagedDatabase | undefined;
  const target = {
    ...{ address, like, keepOwnersAndPrivileges: false, properties: 'captured' as const },
    ...(neutralize?.sql != null && { neutralizeSql: neutralize.sql }),
  };
  try {
    await stageDatabase({ project, snapshotId, attemptId: id }, target, survey, vault, context, (announced) => {
      made = announced;
    });
    const { names, maintenance } = made!;
    const door = await Door.of({ maintenance, database: names.shadow, oid: names.expectedShadowOid });
    try {
      const scratch = { ...address, database: names.shadow, entrance: door };
      context.progress.report({ phase: 'database', message: 'Dumping the database.' });
      const format = layout === 'directory' ? 'directory' : 'plain';
      const to = join(partial, format === 'directory' ? 'database' : 'dump.sql');
      await dumpDatabase(scratch, { major: like.major, format, to }, context.signal);
      return layout === 'odoo' ? await odooIn(scratch, like.name, context.signal) : undefined;
    } finally {
      await door.leave();
    }
  } finally {
    await dropKept(scratchOf(request));
  }
}

async function odooIn(scratch: DatabaseAddress, name: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const connection = await openConnection(scratch, { signal });
  try {
    return await odooManifest(connection.client, name);
  } finally {
    await connection.close();
  }
}

function manifestOf(
  { layout, snapshotId, about, neutralize }: ExportRequest,
  { database, filestore }: Awaited<ReturnType<typeof surveyManifest>>,
): Record<string, unknown> {
  return {
    format: 'snapback-export',
    version: 1,
    snapshotId,
    ...about,
    neutralized: neutralize !== undefined,
    database: database
      ? { serverVersion: database.database.serverVersion, dump: layout === 'directory' ? 'database' : 'dump.sql' }
      : null,
    filestore: filestore ? FILESTORE : null,
  };
}

async function publish(from: string, to: string): Promise<void> {
  await rename(from, to);
  const directory = await open(dirname(to));
  await directory.sync().finally(() => directory.close());
}

function partialOf(to: string): string {
  return `${to}.partial`;
}
