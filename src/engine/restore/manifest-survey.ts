import type { Vault } from '../../vault/vault.js';
import { type DatabaseSurvey, DatabaseSurveyor } from './database/database-survey.js';

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
export async function surveyManifest(vault: Vault, project: string, snapshotId: string): Promise<ManifestSurvey> {
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
