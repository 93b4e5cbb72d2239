import type { Attributes } from '@opentelemetry/api';
import type { ExclusionEntry, SnapshotOrigin } from '../../vault/manifests/manifest.js';
import type { AddedContent, CaptureOutcome, CaptureWriter, Vault } from '../../vault/vault.js';
import type { DatabaseAddress } from '../postgres/connection/database-address.js';
import type { KnownFiles } from '../filestore/reading/base-files.js';
import { PathRules } from '../filestore/paths/path-rules.js';
import { Scanner } from '../filestore/scan/scanner.js';
import { EngineError } from '../engine-error.js';
import { type Exclusion, excludesNothing, NOTHING_EXCLUDED } from '../exclusion/exclusion.js';
import { type LeftOutSummary, summariseLeftOut } from './left-out-summary.js';
import { type CaptureContext, type CapturePhase, inPhase, type WorkContext } from '../progress.js';
import { type BaseSnapshot, type CaptureBase, explainUnusableBase, readCaptureBase } from './capture-base.js';
import { DigestingWriter } from './content-digest.js';
import { type CapturedFilestore, captureFilestore } from './capture-filestore.js';
import type { RestoreFinding } from '../postgres/capabilities/restore-finding.js';
import { CaptureProgress } from './capture-progress.js';
import { type CaptureWarning, CaptureWarnings } from './capture-warnings.js';
import type { DatabaseCapture, DatabaseCaptureOptions } from './database/database-capture.js';
import type { DatabaseCaptured } from './database/database-run.js';
import { checkReferences, type FileReferences } from './references/check-references.js';
import type { PathSpool } from './references/path-spool.js';
import { PathRecordingWriter } from './references/path-recording-writer.js';
import { readReferences } from './references/read-references.js';
import { writeOutcomeRecord } from './outcome-record.js';
import { runTogether } from '../concurrency/run-together.js';

export interface CaptureRequest {
  project: string;
  snapshotId: string;
  /** Database, filestore or both. */
  database?: DatabaseAddress;
  databaseOptions?: Omit<DatabaseCaptureOptions, 'base'>;
  /**
   * A snapshot of the same environment to compare with: what is the same is not read again. Where the database
   * cannot be compared with it, the snapshot becomes a full one, with a warning that says why.
   */
  base?: BaseSnapshot;
  /** The directory's real path, as `resolveUnderRoots` returns it. */
  filestore?: string;
  /** Names and versions of what made the snapshot, for the manifest. */
  tools?: Record<string, string>;
  /** Where it comes from, for the manifest: what brings it back without the service. */
  origin?: SnapshotOrigin;
  /**
   * Goes on without what the role or the worker may not read, and says so in findings (`left-out`). Otherwise, which is
   * the default, the first such thing ends the capture.
   */
  leaveOutUnreadable?: boolean;
  /** The same of files and directories only; default `fail`. */
  onUnreadableFile?: 'fail' | 'warn';
  /** What the snapshot is not to have; default nothing. */
  exclusion?: Exclusion;
  /** What to do about rules by which nothing could be restored: `capture` what they leave out, and say so. Default `refuse`. */
  whenNeeded?: 'refuse' | 'capture';
  /**
   * The `contentDigest` of another snapshot: a differential that turns out to give back the same is not published. A full one is, for the
   * next ones to build on.
   */
  unlessContent?: string;
  /** Looks whether the files that rows refer to are in the snapshot. Needs a database and a filestore. */
  fileReferences?: FileReferences;
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
  /** What of that is content, and what it was before compression: of all that was read, what the vault did not have. */
  added: AddedContent;
  serverVersion?: string;
  /** A full one needs no other snapshot. */
  type: 'full' | 'differential';
  /** Whether a differential can be built on it. */
  canBeBase: boolean;
  /** Bytes of rows and files that were read out. */
  readBytes: number;
  /** Bytes of rows and files that are the base's and were not read out. */
  carriedOverBytes: number;
  /** What was read of the database and what was not, and why, and what a rollback to it has to know; left out without a database. */
  database?: Pick<DatabaseCaptured, 'counts' | 'reasons' | 'logReason' | 'properties' | 'requirements'>;
  /** What it gives back, as `DigestingWriter` reckons it. */
  contentDigest: string;
  /** Whether there is a snapshot now: not of what there is another one of, see `unlessContent`. */
  isPublished: boolean;
  /** Until when nobody can remove it from the vault; null where the vault does not lock, and when there is none. */
  lockedUntil: Date | null;
  /** The first hundred; the manifest has them all. */
  warnings: CaptureWarning[];
  warningCount: number;
  /** What speaks against getting it back; empty when nothing is known that does. */
  findings: RestoreFinding[];
  /** What was there and is not in the snapshot; null when that is nothing. */
  leftOut: LeftOutSummary | null;
}

/**
 * Takes one snapshot of a database and a filestore, as one unit, and publishes it under its id. Until
 * it resolves nobody can see anything of it.
 *
 * The filestore is read after the database's cut was taken, so that every file a captured row refers to
 * is there: an application writes a file first and commits the row that names it afterwards, so all rows
 * of the cut have had their files since before the cut. Files that came later are captured too and hang
 * in the air, which does no harm. It need not wait for the rows: whatever is read of them later, it is
 * the cut. (A file whose row was deleted after the cut may be gone when it is its turn; applications
 * that delete files at once should do so in a clean-up job that pauses during captures.)
 *
 * A differential of what another snapshot gives back already is not published where the request says so: see `isPublished`.
 *
 * When it rejects, nothing was published, the cut is closed and child processes have ended: with the
 * first failure (an `EngineError`, or a `VaultError` other than for a full disk), or `signal.reason`.
 */
export async function capture(request: CaptureRequest, vault: Vault, context: CaptureContext): Promise<CaptureResult> {
  const { signal, progress } = context;
  if (!request.database && request.filestore === undefined) {
    throw new TypeError('There is nothing to capture: give a database, a filestore, or both.');
  }
  signal.throwIfAborted();
  progress.report({ phase: 'prepare' });
  // Before the cut, so that whatever was committed by this time is in the snapshot.
  const createdAt = new Date().toISOString();
  let database: DatabaseCapture | undefined;
  let writer: CaptureWriter | undefined;
  try {
    const prepared = await watched(context, 'prepare', async () => {
      if (request.filestore !== undefined) Scanner.warm();
      // Before the cut, which holds back the server's vacuum.
      const base = request.base && (await readCaptureBase(vault, request.project, request.base, signal));
      return { base, database: await openDatabase(request, base, context) };
    });
    const { base } = prepared;
    database = prepared.database;
    const type = database?.type ?? (base ? 'differential' : 'full');
    writer = await vault.beginCapture(request.project, {
      snapshotId: request.snapshotId,
      createdAt,
      ...(type === 'differential' && request.base && { baseSnapshotId: request.base.snapshotId }),
      tools: request.tools ?? {},
      ...(request.origin && { origin: request.origin }),
    });
    const files = type === 'differential' ? base?.files : undefined;
    const captured = await readSideBySide(request, files, database, writer, context);
    signal.throwIfAborted();
    progress.report({ phase: 'publish' });
    const result = { ...captured, type, canBeBase: type === 'full' && captured.canBeBase };
    if (type === 'differential' && result.contentDigest === request.unlessContent) {
      const { added } = writer;
      await writer.discard();
      return { ...result, added, storedBytes: added.packedBytes, isPublished: false, lockedUntil: null };
    }
    const publishing = writer;
    const { storedBytes, lockedUntil } = await watched(
      context,
      'publish',
      () => publishing.publish(outcomeOf(result)),
      {
        figures: storedOf,
      },
    );
    return { ...result, added: publishing.added, storedBytes, isPublished: true, lockedUntil };
  } catch (error) {
    // What cannot be dropped now is garbage that a later collection finds.
    await writer?.discard().catch(() => undefined);
    throw signal.aborted ? signal.reason : explainUnusableBase(error, request);
  } finally {
    await database?.close();
  }
}

/** `inPhase`, which is told to who watches phases. `signal`: that of the works side by side, of which the phase is one. */
async function watched<T>(
  { phases, signal: outer }: CaptureContext,
  phase: CapturePhase,
  work: () => Promise<T>,
  { signal, figures }: { signal?: AbortSignal; figures?: (result: T) => Attributes } = {},
): Promise<T> {
  phases?.began(phase);
  try {
    const result = await inPhase(phase, work, figures);
    phases?.ended(phase);
    return result;
  } catch (error) {
    if (signal?.aborted && !outer.aborted) phases?.stopped(phase);
    throw error;
  }
}

async function openDatabase(
  { database, databaseOptions, leaveOutUnreadable = false, exclusion, whenNeeded }: CaptureRequest,
  base: CaptureBase | undefined,
  context: WorkContext,
): Promise<DatabaseCapture | undefined> {
  if (!database) return undefined;
  // A quarter of what a capture loads, and one of files alone does without.
  const { openDatabaseCapture } = await import('./database/database-capture.js');
  const rules = { ...(exclusion && { exclusion }), ...(whenNeeded && { whenNeeded }) };
  const options = { ...databaseOptions, leaveOutUnreadable, ...rules };
  return openDatabaseCapture(database, { ...options, ...(base && { base: base.database }) }, context);
}

type Captured = Omit<CaptureResult, 'storedBytes' | 'added' | 'type' | 'isPublished' | 'lockedUntil'>;

async function readSideBySide(
  request: CaptureRequest,
  base: KnownFiles | undefined,
  database: DatabaseCapture | undefined,
  plainWriter: CaptureWriter,
  context: CaptureContext,
): Promise<Captured> {
  const { filestore, fileReferences, exclusion = NOTHING_EXCLUDED, whenNeeded: whenEverything = 'refuse' } = request;
  const leaveOutUnreadable = request.leaveOutUnreadable === true || request.onUnreadableFile === 'warn';
  const digesting = new DigestingWriter(plainWriter);
  const recorder = fileReferences && new PathRecordingWriter(digesting);
  const writer = recorder ?? digesting;
  const warnings = new CaptureWarnings(writer);
  const progress = new CaptureProgress(context.progress, partsOf(request));
  if (!excludesNothing(exclusion)) await writer.add(exclusionEntry(exclusion));
  let references: PathSpool | undefined;
  const works = [
    async (signal: AbortSignal) => {
      if (filestore === undefined) return null;
      const onCarried = (digest: Uint32Array) => digesting.addSum(digest);
      const how = { writer, warnings, progress, signal, leaveOutUnreadable, onCarried, whenEverything };
      const read = { ...how, leftOut: exclusion.paths, ...(base && { base }) };
      return watched(context, 'filestore', () => captureFilestore(filestore, read), { signal, figures: filesIn });
    },
    async (signal: AbortSignal) => {
      // Lets go of the cut when the last row is read, while files may go on for hours: the paths are compared afterwards.
      const underCut = async () => {
        if (!fileReferences || !database || !request.database) return;
        try {
          references = await readReferences(request.database, database, fileReferences, { signal });
        } catch (error) {
          const isQuery = error instanceof EngineError && error.code === 'file-references-failed';
          if (!isQuery || fileReferences.onFailure !== 'warn') throw error;
          const message = `Nobody knows whether files are missing. ${error.message}`;
          await warnings.add({ code: error.code, message });
        }
      };
      if (database === undefined) return undefined;
      const run = () => database.run({ writer, warnings, progress, signal, underCut });
      return watched(context, 'database', run, { signal, figures: rowsIn });
    },
  ] as const;
  try {
    const [files, rows] = await runTogether(context.signal, works);
    if (references && recorder && fileReferences) {
      context.progress.report({ phase: 'filestore', message: 'Comparing the files that rows refer to' });
      const leftOutPaths = new PathRules(exclusion.paths);
      const warning = await checkReferences(references, recorder, fileReferences.onDangling, leftOutPaths);
      if (warning) await warnings.add(warning);
    }
    const contentDigest = digesting.digest(rows?.definitionsDigest);
    const leftOut = summariseLeftOut(exclusion, rows?.leftOut, files);
    return { ...capturedOf(files, rows, warnings), contentDigest, leftOut };
  } finally {
    await references?.close();
  }
}

function capturedOf(
  files: CapturedFilestore | null,
  rows: DatabaseCaptured | undefined,
  warnings: CaptureWarnings,
): Omit<Captured, 'contentDigest' | 'leftOut'> {
  return {
    databaseBytes: rows?.databaseBytes ?? null,
    filestoreBytes: files?.bytes ?? null,
    fileCount: files?.files ?? null,
    canBeBase: rows?.canBeBase ?? true,
    readBytes: (rows?.counts.bytesRead ?? 0) + (files ? files.bytes - files.carriedBytes : 0),
    carriedOverBytes: (rows?.counts.bytesCarriedOver ?? 0) + (files?.carriedBytes ?? 0),
    ...(rows && { serverVersion: rows.serverVersion, database: rows }),
    warnings: warnings.first,
    warningCount: warnings.count,
    findings: [...(rows?.findings ?? []), ...(files?.findings ?? [])],
  };
}

function exclusionEntry({ tables, rowsOf, paths }: Exclusion): ExclusionEntry {
  return { kind: 'exclusion', tables: [...tables], rowsOf: [...rowsOf], paths: [...paths] };
}

function outcomeOf(
  result: Omit<CaptureResult, 'storedBytes' | 'added' | 'isPublished' | 'lockedUntil'>,
): CaptureOutcome {
  const { databaseBytes, filestoreBytes, fileCount, readBytes, carriedOverBytes, canBeBase, findings } = result;
  return {
    ...(databaseBytes !== null && { databaseBytes }),
    ...(filestoreBytes !== null && { filestoreBytes }),
    ...(fileCount !== null && { fileCount }),
    ...{ readBytes, carriedOverBytes, canBeBase, findings },
    ...(result.database && { record: writeOutcomeRecord(result.database) }),
  };
}

function filesIn({ files, bytes, carriedBytes }: CapturedFilestore): Attributes {
  return { 'snapback.files': files, 'snapback.bytes': bytes, 'snapback.carried_over_bytes': carriedBytes };
}

function rowsIn({ counts }: DatabaseCaptured): Attributes {
  return { 'snapback.bytes': counts.bytesRead, 'snapback.carried_over_bytes': counts.bytesCarriedOver };
}

function storedOf({ storedBytes }: { storedBytes: number }): Attributes {
  return { 'snapback.stored_bytes': storedBytes };
}

function partsOf({
  database,
  filestore,
}: Pick<CaptureRequest, 'database' | 'filestore'>): ('database' | 'filestore')[] {
  return [...(database ? ['database' as const] : []), ...(filestore === undefined ? [] : ['filestore' as const])];
}
