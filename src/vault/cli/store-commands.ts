import { resolve } from 'node:path';
import { findProject } from '../keys/list-projects.js';
import { listSnapshots } from '../objects-alone/list-snapshots.js';
import { SnapshotListing } from './snapshot-listing.js';
import { type Output, workOf } from './output.js';
import { CommandError, type StoreTools } from './vault-tools.js';
import type { StoreCommandName, VaultArguments } from './vault-arguments.js';

type StoreCommand = (store: StoreTools, args: VaultArguments, out: Output, signal: AbortSignal) => Promise<void>;

/** What each command does that needs nothing but the objects and the master key. */
export const STORE_COMMANDS: Record<StoreCommandName, StoreCommand> = {
  list: async (store, { project }, out, signal) => {
    const listing = new SnapshotListing(out);
    for await (const found of listSnapshots(store, { project, signal })) listing.add(found);
    listing.end();
  },

  extract: async (store, { project, snapshot = '', to = '', filesAs }, out, signal) => {
    if (store.extract === undefined) throw new CommandError('This program cannot extract snapshots.');
    const own = project ?? (await findProject(store.backend, snapshot));
    if (own === undefined) {
      throw new CommandError(
        `The vault holds no snapshot ${snapshot}; "snapback-vault list" names those that it holds.`,
      );
    }
    await store.extract({ project: own, snapshotId: snapshot, to: resolve(to), filesAs }, workOf(out, signal));
  },
};
