import { itemRestoreList, itemRestoreUndo, itemRestoreView, restoreItems } from '../generated/sdk.gen.js';
import type { ItemRestore, ItemRestorePage, ItemRestoreProgress, ItemRestoreRequest } from '../generated/types.gen.js';
import { ItemRestoreNotCompletedError } from '../errors/ended-otherwise.js';
import { Pages } from '../pages.js';
import type { CallOptions, Calls, ListOptions, StartOptions, ViewOptions } from '../requests/calls.js';
import type { StreamOptions } from '../streams/follow.js';
import type { Streams, WaitOptions } from '../streams/streams.js';
import { waitForEnd } from '../streams/wait-for-end.js';
import { hearItemRestore, watchItemRestore } from '../streams/watch.js';

/** Taking files and tables out of a snapshot, into the live environment, and taking that back. */
export class Items {
  constructor(
    private readonly calls: Calls,
    private readonly streams: Streams,
  ) {}

  /** All of them, or none. Queued when this resolves; `waitFor` waits for its end. */
  restore(
    environmentId: string,
    snapshotId: string,
    body: ItemRestoreRequest,
    options?: StartOptions,
  ): Promise<ItemRestore> {
    const path = { environmentId, snapshotId };
    return this.calls.start((means) => restoreItems({ ...means, path, body }), options);
  }

  /** What was put into an environment, newest first. */
  list(environmentId: string, { pageSize, ...options }: ListOptions = {}): Pages<ItemRestore, ItemRestorePage> {
    const path = { environmentId };
    return new Pages(
      (query) => this.calls.run((means) => itemRestoreList({ ...means, path, query }), options),
      pageSize,
    );
  }

  view<O extends ViewOptions>(environmentId: string, itemRestoreId: string, options?: O) {
    const path = { environmentId, itemRestoreId };
    return this.calls.view<ItemRestore, O>((means) => itemRestoreView({ ...means, path }), options);
  }

  /** Its progress, from its present state to the final event, across lost connections; of an undo likewise. */
  watch(
    environmentId: string,
    itemRestoreId: string,
    options?: StreamOptions,
  ): AsyncGenerator<ItemRestoreProgress, void> {
    return watchItemRestore(this.streams.client, { environmentId, itemRestoreId }, this.streams.options(options));
  }

  /**
   * It, completed or undone; `finding` of what is undone names what was left as it is. Throws an `ItemRestoreNotCompletedError`, which has it, when
   * nothing was taken out, or when what was could not be taken back.
   */
  async waitFor(
    environmentId: string,
    itemRestoreId: string,
    options: WaitOptions<ItemRestoreProgress> = {},
  ): Promise<ItemRestore> {
    const path = { environmentId, itemRestoreId };
    const heard = hearItemRestore(this.streams.client, path, this.streams.options(options));
    const { signal } = options;
    const look = () => this.view(environmentId, itemRestoreId, { ...(signal && { signal }) });
    const ended = await waitForEnd(heard, look, options);
    if (ended.status === 'undone' || (ended.status === 'completed' && ended.finding === null)) return ended;
    throw new ItemRestoreNotCompletedError(ended);
  }

  /** Puts back what was there before, as long as that is kept. Queued when this resolves; `waitFor` waits for its end. */
  undo(environmentId: string, itemRestoreId: string, options?: CallOptions): Promise<ItemRestore> {
    const path = { environmentId, itemRestoreId };
    return this.calls.run((means) => itemRestoreUndo({ ...means, path }), options);
  }
}
