/** Writes one snapshot as a file. */
export const EXPORT_JOB = 'snapshot.export';
export interface ExportJobData {
  exportId: string;
}
