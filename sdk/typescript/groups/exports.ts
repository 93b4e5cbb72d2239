import { Download } from '../downloads/download.js';
import type { DownloadOptions } from '../downloads/download.js';
import { exportSource } from '../downloads/export-source.js';
import { ExportNotCompletedError } from '../errors/ended-otherwise.js';
import { snapshotExport, snapshotExportDelete, snapshotExportList, snapshotExportView } from '../generated/sdk.gen.js';
import type {
  ExportRequest,
  SnapshotExport,
  SnapshotExportPage,
  SnapshotExportProgress,
} from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { CallOptions, Calls, ListOptions, StartOptions, ViewOptions } from '../requests/calls.js';
import type { RetryPolicy } from '../requests/retrying-fetch.js';
import type { StreamOptions } from '../streams/follow.js';
import type { Streams, WaitOptions } from '../streams/streams.js';
import { waitForEnd } from '../streams/wait-for-end.js';
import { hearExport, watchExport } from '../streams/watch.js';

/** Snapshots as files, for PostgreSQL's own programs and the database managers of applications. */
export class Exports {
  constructor(
    private readonly calls: Calls,
    private readonly streams: Streams,
    private readonly policy: RetryPolicy,
  ) {}

  /** Queued when this resolves; `waitFor` waits for its end, `download` has its file then. */
  create(
    environmentId: string,
    snapshotId: string,
    body: ExportRequest = {},
    options?: StartOptions,
  ): Promise<SnapshotExport> {
    const path = { environmentId, snapshotId };
    return this.calls.start((means) => snapshotExport({ ...means, path, body }), options);
  }

  /** The exports of the snapshots of an environment, newest first. */
  list(environmentId: string, { pageSize, ...options }: ListOptions = {}): Pages<SnapshotExport, SnapshotExportPage> {
    const path = { environmentId };
    return new Pages(
      (query) => this.calls.run((means) => snapshotExportList({ ...means, path, query }), options),
      pageSize,
    );
  }

  view<O extends ViewOptions>(environmentId: string, exportId: string, options?: O) {
    const path = { environmentId, exportId };
    return this.calls.view<SnapshotExport, O>((means) => snapshotExportView({ ...means, path }), options);
  }

  /** Its progress, from its present state to the final event, across lost connections. */
  watch(
    environmentId: string,
    exportId: string,
    options?: StreamOptions,
  ): AsyncGenerator<SnapshotExportProgress, void> {
    return watchExport(this.streams.client, { environmentId, exportId }, this.streams.options(options));
  }

  /** It, completed. Throws an `ExportNotCompletedError`, which has it, when it has failed or was removed. */
  async waitFor(
    environmentId: string,
    exportId: string,
    options: WaitOptions<SnapshotExportProgress> = {},
  ): Promise<SnapshotExport> {
    const heard = hearExport(this.streams.client, { environmentId, exportId }, this.streams.options(options));
    const { signal } = options;
    const look = () => this.view(environmentId, exportId, { ...(signal && { signal }) });
    const ended = await waitForEnd(heard, look, options);
    if (ended.status === 'completed') return ended;
    throw new ExportNotCompletedError(ended);
  }

  /** Its file. Of a production environment, what is not made harmless takes `environments:write`. */
  async download(environmentId: string, exportId: string, options: DownloadOptions = {}): Promise<Download> {
    const { attempts, signal } = options;
    const { fileName } = await this.view(environmentId, exportId, { ...(signal && { signal }) });
    const source = exportSource(this.streams.client, { environmentId, exportId }, fileName);
    return Download.begin(source, this.policy, {
      ...this.streams.options(options),
      ...(attempts !== undefined && { attempts }),
    });
  }

  /** Removes its file; that it was exported is still told. */
  delete(environmentId: string, exportId: string, options?: CallOptions): Promise<SnapshotExport> {
    const path = { environmentId, exportId };
    return this.calls.run((means) => snapshotExportDelete({ ...means, path }), options);
  }
}
