import assert from 'node:assert/strict';
import { ExportNotCompletedError, SnapbackError } from '../index.js';
import type { Download } from '../index.js';
import { thrownBy } from './stage.js';
import type { Case } from './stage.js';

/** Snapshots as files. */
export const exportCases: Record<string, Case> = {
  export: async (stage) => {
    const { exports } = stage.client();
    const { environmentId, snapshotId } = stage.world;
    const { id } = await exports.create(environmentId, snapshotId);
    const made = await exports.waitFor(environmentId, id);
    const download = await exports.download(environmentId, id);
    assert.deepEqual([download.name, await bytesOf(download)], [made.fileName, made.sizeBytes]);
    const headers = { 'content-length': '5', etag: `"${'0'.repeat(64)}"` };
    await stage.fault({ path: '/content$', answer: { status: 200, headers, body: 'alpha' } });
    const other = await thrownBy(exports.download(environmentId, id).then(bytesOf));
    assert(other instanceof SnapbackError && other.message.includes('SHA-256'));
    await exports.delete(environmentId, id);
    const error = await thrownBy(exports.waitFor(environmentId, id));
    assert(error instanceof ExportNotCompletedError);
    assert.equal(error.snapshotExport.status, 'removed');
    return `${made.sizeBytes} bytes`;
  },
};

async function bytesOf(download: Download): Promise<number> {
  let count = 0;
  for await (const piece of download) count += piece.length;
  return count;
}
