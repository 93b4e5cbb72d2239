import { snapshotExportDownload } from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotExport } from '../../sdk/typescript/index.js';
import { client, streamingFetch } from '../api/snapback.js';
import { useDownloads, type Downloads } from '../contents/download/use-downloads.js';

/** The file of an export. */
export interface ExportFile {
  id: string;
  name: string;
  sizeBytes: number | null;
}

export function fileOf({ id, fileName, sizeBytes }: SnapshotExport): ExportFile {
  return { id, name: fileName, sizeBytes };
}

/** Downloads of the files of exports. */
export function useExportDownload(environmentId: string): Downloads<ExportFile> {
  return useDownloads(async ({ id: exportId }, signal) => {
    const { response } = await snapshotExportDownload({
      client,
      path: { environmentId, exportId },
      signal,
      fetch: streamingFetch,
      parseAs: 'stream',
      throwOnError: true,
    });
    return response;
  });
}
