import { snapshotFileDownload } from '../../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotFile } from '../../../sdk/typescript/index.js';
import { client, streamingFetch } from '../../api/snapback.js';
import { placeOf } from '../file-path.js';
import { useDownloads, type Downloads } from './use-downloads.js';

/** Downloads of files of a snapshot. */
export function useDownload(environmentId: string, snapshotId: string): Downloads<SnapshotFile> {
  return useDownloads(async (file, signal) => {
    const { response } = await snapshotFileDownload({
      client,
      path: { environmentId, snapshotId },
      query: placeOf(file),
      signal,
      fetch: streamingFetch,
      parseAs: 'stream',
      throwOnError: true,
    });
    return response;
  });
}
