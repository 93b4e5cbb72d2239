import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import type { VaultReader } from '../../vault/vault.js';
import { EngineError } from '../engine-error.js';
import { withTheirContents } from '../extract/with-their-contents.js';
import { onOutput } from '../extract/writing-output.js';
import { type NeutralizeRule, NeutralizedFiles } from '../filestore/neutralizing/neutralize-rules.js';
import { withContents } from '../filestore/neutralizing/with-contents.js';
import { encodePath } from '../filestore/paths/encoded-path.js';
import { contentsOf } from '../filestore/staging/content-source.js';
import type { StagedEntry } from '../filestore/staging/tree-builder.js';
import { openConnection } from '../postgres/connection/connect.js';
import type { DatabaseAddress } from '../postgres/connection/database-address.js';
import { Door } from '../postgres/connection/door.js';
import type { DatabaseFacts } from '../postgres/databases/database-facts.js';
import { shadowDatabaseName } from '../postgres/databases/shadow-database.js';
import type { WorkContext } from '../progress.js';
import { asDamage, filestoreEntries, surveyManifest } from '../restore/compare/manifest-survey.js';
import { dropKept, type KeptState } from '../restore/staging/discard.js';
import { maintenanceDatabaseOf, stageDatabase } from '../restore/staging/stage-database.js';
import type { StagedDatabase } from '../restore/staging/staged.js';
import { bytesOfPath } from '../../vault/listing/listing-key.js';
import { dumpDatabase } from './dump-database.js';
import type { ExportedArchive } from './exported-archive.js';
import { odooManifest } from './odoo-manifest.js';
import { TarZstArchive } from './tar-zst-archive.js';
import { ZipArchive } from './zip-archive.js';

export type ExportLayout = 'plain' | 'directory' | 'odoo';
export type ExportFormat = 'zip' | 'tar_zst';

/** Nobody else may read what was captured. */
const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
const FILESTORE = 'filestore';

export interface ExportRequest {
  project: string;
  snapshotId: string;
  /** A uuid; the name of the scratch database derives from it, so that another attempt finds it. */
  id: string;
  /** Absolute; the directory is there, the file is not. */
  to: string;
  format: ExportFormat;
  layout: ExportLayout;
  /** On whose server, and like which database, the scratch one is made; left out for a snapshot without one. */
  database?: { address: DatabaseAddress; like: DatabaseFacts };
  /** Left out: as it was captured. */
  neutralize?: { sql: string | null; paths: readonly NeutralizeRule[] | null };
  /** What stands in the manifest besides. */
  about: Readonly<Record<string, unknown>>;
}

export interface Exported {
  bytes: number;
  /** In hex. */
  sha256: string;
}

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

/** The manifest comes first: whoever looks at the beginning knows what it is. */
async function writeArchive(
  { project, snapshotId, format, layout, neutralize }: ExportRequest,
  hasFiles: boolean,
  vault: VaultReader,
  partial: string,
  { signal, progress }: WorkContext,
): Promise<Exported> {
  const path = join(partial, 'archive');
  const hash = createHash('sha256');
  let bytes = 0;
  const counting = new Transform({
    transform: (buffer: Buffer, _, done) => {
      hash.update(buffer);
      bytes += buffer.length;
      done(null, buffer);
    },
  });
  const file = createWriteStream(path, { flags: 'wx', mode: PRIVATE_FILE, flush: true });
  counting.pipe(file);
  file.once('error', (error) => counting.destroy(error));
  counting.once('error', () => file.destroy());
  const archive: ExportedArchive = format === 'zip' ? new ZipArchive(counting) : new TarZstArchive(counting);
  await onOutput(path, async () => {
    await archive.addLocal('manifest.json', join(partial, 'manifest.json'));
    for (const name of await dumped(partial, layout)) await archive.addLocal(name, join(partial, name));
    if (hasFiles) {
      const rules = neutralize?.paths ? new NeutralizedFiles(neutralize.paths) : undefined;
      const entries = filestoreEntries(vault, project, snapshotId);
      const contents = contentsOf(vault, project);
      const given = withTheirContents(
        rules?.entries(entries) ?? entries,
        rules ? withContents(contents, rules.contents) : contents,
      );
      for await (const each of given) {
        signal.throwIfAborted();
        await archive.add({ ...each, entry: below(FILESTORE, each.entry) } as typeof each);
        progress.report({ phase: 'stage-filestore', filesDone: archive.files, bytesDone: archive.bytes });
      }
    }
    await archive.end();
    if (!file.closed) await once(file, 'close');
  });
  return { bytes, sha256: hash.digest('hex') };
}

/** Names of the dump's files. */
async function dumped(partial: string, layout: ExportLayout): Promise<string[]> {
  const names = await readdir(partial);
  if (layout !== 'directory') return names.includes('dump.sql') ? ['dump.sql'] : [];
  if (!names.includes('database')) return [];
  return (await readdir(join(partial, 'database'))).toSorted().map((name) => `database/${name}`);
}

function below<E extends StagedEntry>(directory: string, entry: E): E {
  const path = bytesOfPath(entry.path);
  return { ...entry, path: encodePath(Buffer.from(path === '' ? directory : `${directory}/${path}`, 'latin1')) };
}

async function publish(from: string, to: string): Promise<void> {
  await rename(from, to);
  const directory = await open(dirname(to));
  await directory.sync().finally(() => directory.close());
}

function partialOf(to: string): string {
  return `${to}.partial`;
}
