import { mkdir, open, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ManifestHeader } from '../../vault/manifests/manifest.js';
import type { VaultReader } from '../../vault/vault.js';
import { EngineError } from '../engine-error.js';
import { contentsOf } from '../filestore/staging/content-source.js';
import { stagedDirectoryName } from '../filestore/paths/enclosure.js';
import { errnoOf } from '../../vault/errno.js';
import { syncFileSystem } from '../filestore/libc.js';
import { stageFilestore } from '../filestore/staging/stage-filestore.js';
import type { WorkContext } from '../progress.js';
import { asDamage, filestoreEntries, surveyManifest } from '../restore/compare/manifest-survey.js';
import { extractDatabase } from './extract-database.js';
import { type LeftOutRecord, readLeftOutRecord } from '../restore/keeping/left-out-record.js';
import { onOutput } from './writing-output.js';
import { writeTar } from './write-tar.js';

/** Nobody else may read what was captured. */
const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
/** What is in a directory that is being written: whoever finds it may remove all of it. */
const UNFINISHED = 'UNFINISHED';

export interface ExtractRequest {
  vault: VaultReader;
  project: string;
  snapshotId: string;
  /** Absolute. A directory that is not there yet, or is empty; the one that contains it is there. */
  to: string;
  filesAs: 'tree' | 'tar';
}

export interface Extracted {
  /** Absent without a filestore. */
  files?: { files: number; bytes: number };
  /** Absent without a database. */
  database?: { tables: number; rows: number; bytes: number };
}

/**
 * Writes a snapshot down for whoever has neither the service nor its database: the filestore as `files` or `files.tar`, the database
 * as a directory `database` that PostgreSQL's own programs load by `database/load.sh`, and `snapshot.json`, which says what it is.
 * Every content is compared with its hash. Until all of it is on disk it lies in `<to>.partial`; a later attempt removes that.
 *
 * Rejects with `EngineError('snapshot-damaged' | 'disk-full' | 'filestore-unwritable' | …)`, `VaultError` or `signal.reason`.
 */
export async function extractSnapshot(request: ExtractRequest, context: WorkContext): Promise<Extracted> {
  const { vault, project, snapshotId, to, filesAs } = request;
  await requireEmpty(to);
  const survey = await surveyManifest(vault, project, snapshotId).catch((error: unknown) => {
    throw asDamage(error);
  });
  const partial = await begin(`${to}.partial`);
  try {
    const extracted: Extracted = {};
    if (survey.filestore) {
      const entries = filestoreEntries(vault, project, snapshotId);
      const contents = contentsOf(vault, project);
      extracted.files =
        filesAs === 'tar'
          ? await writeTar(join(partial, 'files.tar'), { entries, contents }, context)
          : await writeTree(join(partial, 'files'), { entries, contents }, context);
    }
    if (survey.database) {
      const directory = join(partial, 'database');
      extracted.database = await extractDatabase({ ...request, survey: survey.database, directory }, context);
    }
    context.signal.throwIfAborted();
    const header = await vault.readHeader(project, snapshotId);
    const leftOut = await readLeftOutRecord(vault, project, snapshotId);
    await onOutput(partial, () => describe(partial, header, { ...extracted, ...leftOutIn(leftOut) }));
    await onOutput(to, () => finish(partial, to));
    return extracted;
  } catch (error) {
    throw context.signal.aborted ? context.signal.reason : asDamage(error);
  }
}

async function requireEmpty(to: string): Promise<void> {
  const parent = await stat(dirname(to)).catch((error: unknown) => {
    throw refused(`The directory ${dirname(to)} cannot be used (${errnoOf(error)}); create it first.`, error);
  });
  const there = await stat(to).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw refused(`${to} cannot be looked at (${errnoOf(error)}).`, error);
  });
  if (there === undefined) return;
  if (!there.isDirectory()) throw refused(`${to} is no directory; name one that is not there yet.`);
  if (there.dev !== parent.dev) {
    throw refused(`${to} is another file system of its own; name a directory in it that is not there yet.`);
  }
  const names = await readdir(to);
  if (names.length > 0) throw refused(`${to} is not empty; name a directory that is not there yet, or an empty one.`);
}

/** Removes what an earlier attempt has left, and nothing that is no such attempt. */
async function begin(partial: string): Promise<string> {
  return onOutput(partial, async () => {
    const names = await readdir(partial).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (names !== undefined && names.length > 0 && !names.includes(UNFINISHED)) {
      throw refused(`${partial} is there and is no unfinished extraction; move it away, or name another directory.`);
    }
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { mode: PRIVATE_DIRECTORY });
    const text = 'This snapshot is being written, or was given up. What is here is not all of it.\n';
    await writeFile(join(partial, UNFINISHED), text, { mode: PRIVATE_FILE });
    return partial;
  });
}

type Files = Pick<Parameters<typeof stageFilestore>[0], 'entries' | 'contents'>;

async function writeTree(directory: string, files: Files, context: WorkContext) {
  const staged = stagedDirectoryName(directory, 'extract');
  const result = await stageFilestore({ directory: staged, ...files }, context);
  await onOutput(directory, async () => {
    await rename(staged, directory);
    await rmdir(dirname(staged));
  });
  return { files: result.files, bytes: result.bytes };
}

/** What is not among what was written, though it was there; nothing where that is nothing. */
function leftOutIn({ rules, rowsOf, tables, unreadableCount }: LeftOutRecord): { leftOut?: object } {
  const { paths } = rules;
  if (rowsOf.length + tables.length + paths.length + unreadableCount === 0) return {};
  return { leftOut: { rowsOf, tables, paths, unreadableCount } };
}

async function describe(partial: string, header: ManifestHeader, extracted: object): Promise<void> {
  const { kind: _, format: __, ...facts } = header;
  const text = `${JSON.stringify({ ...facts, ...extracted }, undefined, 2)}\n`;
  await writeFile(join(partial, 'snapshot.json'), text, { mode: PRIVATE_FILE });
}

async function finish(partial: string, to: string): Promise<void> {
  const handle = await open(partial, 'r');
  try {
    await syncFileSystem(handle.fd);
    await rm(join(partial, UNFINISHED));
    // Over an empty directory as well.
    await rename(partial, to);
    await syncFileSystem(handle.fd);
  } finally {
    await handle.close();
  }
}

function refused(message: string, cause?: unknown): EngineError {
  return new EngineError('filestore-unwritable', message, { cause });
}
