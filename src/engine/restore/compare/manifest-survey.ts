import { VaultError } from '../../../vault/vault-error.js';
import type { VaultReader } from '../../../vault/vault.js';
import { EngineError } from '../../engine-error.js';
import type { StagedEntry } from '../../filestore/staging/tree-builder.js';
import { type DatabaseSurvey, DatabaseSurveyor } from '../database/order/database-survey.js';

/** What a snapshot consists of, found by reading its manifest once, to the end. */
export interface ManifestSurvey {
  /** Absent when the snapshot has no database. */
  database?: DatabaseSurvey;
  /** Absent when the snapshot has no filestore. */
  filestore?: { files: number; bytes: number };
}

/** The path of a filestore's root in a manifest. */
const ROOT = 'utf8:';

/** Reads a manifest without acting on it, so that a damaged one is found before anything is made. */
export async function surveyManifest(vault: VaultReader, project: string, snapshotId: string): Promise<ManifestSurvey> {
  const survey: ManifestSurvey = {};
  const totals = { files: 0, bytes: 0 };
  const surveyor = new DatabaseSurveyor();
  for await (const entry of vault.readEntries(project, snapshotId)) {
    surveyor.add(entry);
    if (entry.kind === 'directory' && entry.path === ROOT) survey.filestore = totals;
    if (entry.kind === 'file') {
      totals.files += 1;
      totals.bytes += entry.content.bytes;
    }
  }
  const database = surveyor.survey();
  return database ? { ...survey, database } : survey;
}

/** What of a snapshot lies in its filestore, in the order of the manifest. Throws what the vault throws. */
export async function* filestoreEntries(
  vault: VaultReader,
  project: string,
  snapshotId: string,
): AsyncIterable<StagedEntry> {
  for await (const entry of vault.readEntries(project, snapshotId)) {
    if (entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink') yield entry;
  }
}

/** Rejects with `EngineError('snapshot-damaged')` when a part is asked for that the manifest does not have. */
export function requireParts(
  { snapshotId, database, filestore }: { snapshotId: string; database?: object; filestore?: object },
  survey: ManifestSurvey,
): void {
  const absent = [
    ...(database && !survey.database ? ['database'] : []),
    ...(filestore && !survey.filestore ? ['filestore'] : []),
  ];
  if (absent.length === 0) return;
  throw new EngineError('snapshot-damaged', `The snapshot ${snapshotId} contains no ${absent.join(' and no ')}.`);
}

/** What the vault says of a snapshot that it cannot give back, as the caller's own failure; other errors as they are. */
export function asDamage(error: unknown): unknown {
  if (!(error instanceof VaultError)) return error;
  const code = error.code === 'disk-full' ? 'disk-full' : error.isDamage ? 'snapshot-damaged' : undefined;
  if (code === undefined) return error;
  return new EngineError(code, `The snapshot cannot be read from the vault: ${error.message}`, { cause: error });
}
