import type { Client } from '../generated/client/index.js';
import type { SnapshotExportDownloadData } from '../generated/types.gen.js';
import { contentSource } from './file-source.js';
import type { FileSource } from './file-source.js';

/** The file of an export. */
export function exportSource(client: Client, path: SnapshotExportDownloadData['path'], fileName: string): FileSource {
  const url: SnapshotExportDownloadData['url'] = '/api/v1/environments/{environmentId}/exports/{exportId}/content';
  return contentSource(client, fileName, { url, path });
}
