import {
  projectSnapshotList,
  snapshotCancel,
  snapshotCreate,
  snapshotDelete,
  snapshotEstimate,
  snapshotList,
  snapshotPin,
  snapshotUnpin,
  snapshotVerify,
  snapshotView,
} from '../generated/sdk.gen.js';
import type {
  ProjectSnapshotListData,
  Snapshot,
  SnapshotCreate,
  SnapshotDeleteData,
  SnapshotDetails,
  SnapshotEstimate,
  SnapshotListData,
  SnapshotPage,
  SnapshotPin,
  SnapshotProgress,
  Verification,
  VerificationProgress,
} from '../generated/types.gen.js';
import { SnapshotNotCompletedError } from '../errors/ended-otherwise.js';
import { Pages } from '../pages.js';
import type { CallOptions, Calls, Filters, ListOptions, StartOptions, ViewOptions } from '../requests/calls.js';
import type { StreamOptions } from '../streams/follow.js';
import { hearSnapshot, watchSnapshot, watchVerification } from '../streams/watch.js';
import { waitForEnd } from '../streams/wait-for-end.js';
import type { Streams, WaitOptions } from '../streams/streams.js';

/** Immutable captured states of an environment. */
export class Snapshots {
  constructor(
    private readonly calls: Calls,
    private readonly streams: Streams,
  ) {}

  /** Those of an environment, newest first. */
  list(
    environmentId: string,
    filters: Filters<SnapshotListData> = {},
    { pageSize, ...options }: ListOptions = {},
  ): Pages<Snapshot, SnapshotPage> {
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => snapshotList({ ...means, path: { environmentId }, query }), options);
    }, pageSize);
  }

  /** Those of all environments of a project, newest first. */
  listOfProject(
    projectId: string,
    filters: Filters<ProjectSnapshotListData> = {},
    { pageSize, ...options }: ListOptions = {},
  ): Pages<Snapshot, SnapshotPage> {
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => projectSnapshotList({ ...means, path: { projectId }, query }), options);
    }, pageSize);
  }

  /** Queued when this resolves; `waitFor` waits for its end. */
  create(environmentId: string, body: SnapshotCreate = {}, options?: StartOptions): Promise<Snapshot> {
    return this.calls.start((means) => snapshotCreate({ ...means, path: { environmentId }, body }), options);
  }

  view<O extends ViewOptions>(environmentId: string, snapshotId: string, options?: O) {
    const path = { environmentId, snapshotId };
    return this.calls.view<SnapshotDetails, O>((means) => snapshotView({ ...means, path }), options);
  }

  /** What one would cost now. */
  estimate(environmentId: string, options?: CallOptions): Promise<SnapshotEstimate> {
    return this.calls.run((means) => snapshotEstimate({ ...means, path: { environmentId } }), options);
  }

  /** Neither a person nor retention deletes it any more. */
  pin(environmentId: string, snapshotId: string, body: SnapshotPin = {}, options?: CallOptions): Promise<Snapshot> {
    const path = { environmentId, snapshotId };
    return this.calls.run((means) => snapshotPin({ ...means, path, body }), options);
  }

  unpin(environmentId: string, snapshotId: string, options?: CallOptions): Promise<Snapshot> {
    return this.calls.run((means) => snapshotUnpin({ ...means, path: { environmentId, snapshotId } }), options);
  }

  /** A running one ends within seconds; what is returned may not have ended yet. */
  cancel(environmentId: string, snapshotId: string, options?: CallOptions): Promise<Snapshot> {
    return this.calls.run((means) => snapshotCancel({ ...means, path: { environmentId, snapshotId } }), options);
  }

  delete(
    environmentId: string,
    snapshotId: string,
    { base, ...options }: CallOptions & NonNullable<SnapshotDeleteData['query']> = {},
  ): Promise<void> {
    const path = { environmentId, snapshotId };
    const query = { ...(base !== undefined && { base }) };
    return this.calls.do((means) => snapshotDelete({ ...means, path, query }), options);
  }

  /** Restores it beside its environment and compares; `watchVerification` shows how far that is. */
  verify(environmentId: string, snapshotId: string, options?: StartOptions): Promise<Verification> {
    return this.calls.start((means) => snapshotVerify({ ...means, path: { environmentId, snapshotId } }), options);
  }

  /** Its progress, from its present state to the final event, across lost connections. */
  watch(environmentId: string, snapshotId: string, options?: StreamOptions): AsyncGenerator<SnapshotProgress, void> {
    return watchSnapshot(this.streams.client, { environmentId, snapshotId }, this.streams.options(options));
  }

  /** The progress of its newest verification, likewise. */
  watchVerification(
    environmentId: string,
    snapshotId: string,
    options?: StreamOptions,
  ): AsyncGenerator<VerificationProgress, void> {
    return watchVerification(this.streams.client, { environmentId, snapshotId }, this.streams.options(options));
  }

  /** The snapshot, completed. Throws a `SnapshotNotCompletedError`, which has it, when it comes to another end. */
  async waitFor(
    environmentId: string,
    snapshotId: string,
    options: WaitOptions<SnapshotProgress> = {},
  ): Promise<SnapshotDetails> {
    const path = { environmentId, snapshotId };
    const heard = hearSnapshot(this.streams.client, path, this.streams.options(options));
    const { signal } = options;
    const snapshot = await waitForEnd(
      heard,
      () => this.view(environmentId, snapshotId, { ...(signal && { signal }) }),
      options,
    );
    if (snapshot.status !== 'completed') throw new SnapshotNotCompletedError(snapshot);
    return snapshot;
  }
}
