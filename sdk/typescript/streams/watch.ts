import { errorOf } from '../errors/error-of.js';
import { SnapbackError } from '../errors/snapback-error.js';
import type { Client } from '../generated/client/index.js';
import type {
  ItemRestoreProgress,
  ItemRestoreProgressData,
  RollbackProgress,
  RollbackProgressData,
  SnapshotExportProgress,
  SnapshotExportProgressData,
  SnapshotProgress,
  SnapshotProgressData,
  SnapshotVerifyProgressData,
  VerificationProgress,
} from '../generated/types.gen.js';
import { follow } from './follow.js';
import type { Heard, StreamOptions, StreamSource } from './follow.js';

/** The progress of a snapshot, from its present state to its final event, whatever happens to connections meanwhile. */
export function watchSnapshot(client: Client, path: SnapshotProgressData['path'], options?: StreamOptions) {
  return eventsOf(hearSnapshot(client, path, options));
}

/** The progress of a rollback, from its present state to its final event, whatever happens to connections meanwhile. */
export function watchRollback(client: Client, path: RollbackProgressData['path'], options?: StreamOptions) {
  return eventsOf(hearRollback(client, path, options));
}

/** The progress of a snapshot's newest verification, from its present state to its final event. */
export function watchVerification(client: Client, path: SnapshotVerifyProgressData['path'], options?: StreamOptions) {
  const url: SnapshotVerifyProgressData['url'] =
    '/api/v1/environments/{environmentId}/snapshots/{snapshotId}/verify/progress';
  return eventsOf(follow<VerificationProgress>(sourceOf(client, 'verification-progress', url, path), options));
}

/** The progress of files and tables that are taken out of a snapshot, or taken back, from its present state to its final event. */
export function watchItemRestore(client: Client, path: ItemRestoreProgressData['path'], options?: StreamOptions) {
  return eventsOf(hearItemRestore(client, path, options));
}

/** The progress of an export, from its present state to its final event. */
export function watchExport(client: Client, path: SnapshotExportProgressData['path'], options?: StreamOptions) {
  return eventsOf(hearExport(client, path, options));
}

/** The same as watching, and every time that nothing was heard for long. */
export function hearSnapshot(client: Client, path: SnapshotProgressData['path'], options?: StreamOptions) {
  const url: SnapshotProgressData['url'] = '/api/v1/environments/{environmentId}/snapshots/{snapshotId}/progress';
  return follow<SnapshotProgress>(sourceOf(client, 'snapshot-progress', url, path), options);
}

/** The same as watching, and every time that nothing was heard for long. */
export function hearRollback(client: Client, path: RollbackProgressData['path'], options?: StreamOptions) {
  const url: RollbackProgressData['url'] = '/api/v1/deployments/{deploymentId}/rollback/progress';
  return follow<RollbackProgress>(sourceOf(client, 'rollback-progress', url, path), options);
}

/** The same as watching, and every time that nothing was heard for long. */
export function hearItemRestore(client: Client, path: ItemRestoreProgressData['path'], options?: StreamOptions) {
  const url: ItemRestoreProgressData['url'] =
    '/api/v1/environments/{environmentId}/item-restores/{itemRestoreId}/progress';
  return follow<ItemRestoreProgress>(sourceOf(client, 'item-restore-progress', url, path), options);
}

/** The same as watching, and every time that nothing was heard for long. */
export function hearExport(client: Client, path: SnapshotExportProgressData['path'], options?: StreamOptions) {
  const url: SnapshotExportProgressData['url'] = '/api/v1/environments/{environmentId}/exports/{exportId}/progress';
  return follow<SnapshotExportProgress>(sourceOf(client, 'export-progress', url, path), options);
}

async function* eventsOf<T>(heard: AsyncGenerator<Heard<T>>): AsyncGenerator<T> {
  for await (const { event } of heard) if (event !== undefined) yield event;
}

/**
 * A stream of the contract. The generated function for it has a reader of its own, which delivers what it cannot resume and tells nobody why a stream
 * was refused; so the request is made without it.
 */
function sourceOf(client: Client, type: string, url: string, path: Record<string, string>): StreamSource {
  const security = [{ scheme: 'bearer', type: 'http' }] as const;
  return {
    type,
    asksForTokens: typeof client.getConfig().auth === 'function',
    open: async (lastEvent, signal) => {
      const headers = { Accept: 'text/event-stream', ...lastEvent };
      const answer = await client.get({ url, path, signal, parseAs: 'stream', security, headers });
      const { data, error, response, request } = answer;
      if (response === undefined) throw errorOf(error, response, request);
      const { status, headers: answered } = response;
      if (error !== undefined) return { refused: errorOf(error, response, request), headers: answered };
      if (data instanceof ReadableStream && answered.get('content-type')?.startsWith('text/event-stream') === true)
        return { body: data };
      const refused = new SnapbackError('The answer is no stream of events.', { status });
      return { refused, headers: answered };
    },
  };
}
