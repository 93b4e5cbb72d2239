import { VaultError } from '../../vault/vault-error.js';
import type { CaptureWriter, Vault } from '../../vault/vault.js';
import { EngineError } from '../engine-error.js';
import { type Cut, openCut } from '../postgres/cut.js';
import type { DatabaseAddress } from '../postgres/database-address.js';
import type { WorkContext } from '../progress.js';
import { captureDatabase } from './capture-database.js';
import { captureFilestore } from './capture-filestore.js';
import { CaptureProgress } from './capture-progress.js';
import { type CaptureWarning, CaptureWarnings } from './capture-warnings.js';

export interface CaptureRequest {
  project: string;
  snapshotId: string;
  /** Database, filestore or both. */
  database?: DatabaseAddress;
  /** The directory's real path, as `resolveUnderRoots` returns it. */
  filestore?: string;
  /** Names and versions of what made the snapshot, for the manifest. */
  tools?: Record<string, string>;
  /** Files read at once; `FILES_READ_AT_ONCE` unless told. */
  fileConcurrency?: number;
  /** A snapshot of the same environment, published in the same vault: what was not touched since is carried over. */
  baseSnapshotId?: string;
}

export interface CaptureResult {
  /** As the server says, indexes and all; null without a database. */
  databaseBytes: number | null;
  /** Null without a filestore. */
  filestoreBytes: number | null;
  /** Regular files; null without a filestore. */
  fileCount: number | null;
  /** What the vault has grown by, after compression. */
  storedBytes: number;
  serverVersion?: string;
  /** The first hundred; the manifest has them all. */
  warnings: CaptureWarning[];
  warningCount: number;
}

/**
 * Takes one snapshot of a database and a filestore, as one unit, and publishes it under its id. Until
 * it resolves nobody can see anything of it.
 *
 * The filestore is read after the database's cut was taken, so that every file a captured row refers to
 * is there: an application writes a file first and commits the row that names it afterwards, so all rows
 * of the cut have had their files since before the cut. Files that came later are captured too and hang
 * in the air, which does no harm. It need not wait for the dump: whatever `pg_dump` reads later, it sees
 * the cut. (A file whose row was deleted after the cut may be gone when it is its turn; applications
 * that delete files at once should do so in a clean-up job that pauses during captures.)
 *
 * When it rejects, nothing was published, the cut is closed and child processes have ended: with the
 * first failure (an `EngineError`, or a `VaultError` other than for a full disk), or `signal.reason`.
 */
export async function capture(request: CaptureRequest, vault: Vault, context: WorkContext): Promise<CaptureResult> {
  const { signal, progress } = context;
  if (!request.database && request.filestore === undefined) {
    throw new TypeError('There is nothing to capture: give a database, a filestore, or both.');
  }
  signal.throwIfAborted();
  progress.report({ phase: 'prepare' });
  let writer: CaptureWriter | undefined;
  try {
    writer = await vault.beginCapture(request.project, {
      snapshotId: request.snapshotId,
      // Before the cut, so that whatever was committed by this time is in the snapshot.
      createdAt: new Date().toISOString(),
      ...(request.baseSnapshotId !== undefined && { baseSnapshotId: request.baseSnapshotId }),
      tools: request.tools ?? {},
    });
    const captured = await readUnderCut(request, vault, writer, context);
    signal.throwIfAborted();
    progress.report({ phase: 'publish' });
    const { storedBytes } = await writer.publish();
    return { ...captured, storedBytes };
  } catch (error) {
    // What cannot be dropped now is garbage that a later collection finds.
    await writer?.discard().catch(() => undefined);
    throw signal.aborted ? signal.reason : withDiskFull(error);
  }
}

type Captured = Omit<CaptureResult, 'storedBytes'>;

/** Reads all there is into the vault. The cut is open only for so long: it holds back the server's vacuum. */
async function readUnderCut(
  request: CaptureRequest,
  vault: Vault,
  writer: CaptureWriter,
  context: WorkContext,
): Promise<Captured> {
  const cut = request.database && (await openCut(request.database, context));
  try {
    return await readSideBySide(request, cut, vault, writer, context);
  } finally {
    await cut?.close();
  }
}

async function readSideBySide(
  request: CaptureRequest,
  cut: Cut | undefined,
  vault: Vault,
  writer: CaptureWriter,
  context: WorkContext,
): Promise<Captured> {
  const { project, database, filestore, fileConcurrency: concurrency, baseSnapshotId } = request;
  const base = baseSnapshotId !== undefined && (() => vault.readEntries(project, baseSnapshotId));
  const warnings = new CaptureWarnings(writer);
  const progress = new CaptureProgress(context.progress, partsOf(request));
  const files = await allOrNone(context.signal, [
    async (signal) => {
      if (filestore === undefined) return null;
      return captureFilestore(filestore, {
        writer,
        warnings,
        progress,
        signal,
        ...(concurrency && { concurrency }),
        ...(base && { base }),
      });
    },
    async (signal) => {
      if (database && cut) await captureDatabase(database, cut, { writer, progress, signal });
    },
  ]);
  return {
    databaseBytes: cut?.databaseBytes ?? null,
    filestoreBytes: files?.bytes ?? null,
    fileCount: files?.files ?? null,
    ...(cut && { serverVersion: cut.serverVersion }),
    warnings: warnings.first,
    warningCount: warnings.count,
  };
}

function partsOf({ database, filestore }: CaptureRequest): ('database' | 'filestore')[] {
  return [...(database ? ['database' as const] : []), ...(filestore === undefined ? [] : ['filestore' as const])];
}

type Work<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs two pieces of work side by side and resolves with the first one's result. When one fails the
 * other is aborted, and when both have ended it rejects with the failure that came first.
 */
async function allOrNone<T>(signal: AbortSignal, [first, second]: [Work<T>, Work<void>]): Promise<T> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const stopping = async <R>(work: Work<R>): Promise<R> => {
    try {
      return await work(either);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  const [result] = await Promise.allSettled([stopping(first), stopping(second)]);
  if (failure.signal.aborted || result.status === 'rejected') throw failure.signal.reason;
  return result.value;
}

/** A full disk is one thing to the person who has to act, wherever it was noticed. */
function withDiskFull(error: unknown): unknown {
  if (!(error instanceof VaultError) || error.code !== 'disk-full') return error;
  return new EngineError('disk-full', error.message, { cause: error });
}
