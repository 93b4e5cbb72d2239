import type { Catalogue } from '../catalogue/catalogue.js';
import { CatalogueError } from '../catalogue/catalogue-error.js';
import type { CollectionSession, StoredPack } from '../catalogue/collection-session.js';
import { markPublished } from './mark-published.js';
import { planCollection, type CollectionFacts, type CollectionPlan } from './plan-collection.js';
import type { ManifestStore, PackStore } from './stores.js';

/** Packs deleted between two statements. */
const DELETE_BATCH = 500;

export interface CollectOptions {
  catalogue: Pick<Catalogue, 'openCollection'>;
  store: PackStore;
  manifests: ManifestStore;
  signal: AbortSignal;
  /**
   * What to do when published snapshots need chunks that the catalogue does not have. `refuse` (default): delete nothing, for
   * they may lie in packs whose rows were lost. `accept`: after a rebuild has shown that they are gone for good.
   */
  lostChunks?: 'refuse' | 'accept';
}

export interface CollectionReport {
  plan: CollectionPlan;
  deletedPacks: number;
  deletedBytes: number;
  /** Packs made of what was live in others. */
  writtenPacks: number;
  writtenBytes: number;
  deletedManifests: number;
  /** Condemned packs that turned out to be needed. */
  revivedPacks: number;
  /** Condemned packs left to the next collection: captures under way may still come to need them. */
  waitingPacks: number;
}

/** What a collection would do now. Nothing is changed, except that captures whose lease has run out are ended. */
export async function previewCollection(project: string, options: CollectOptions): Promise<CollectionPlan> {
  const session = await options.catalogue.openCollection(project);
  try {
    return planCollection(await gatherFacts(session, project, options));
  } finally {
    await session.close();
  }
}

/**
 * Removes a project's garbage by mark and sweep, beside captures, readers and publications in any process.
 *
 *   1. expire: captures without a sign of life lose their lease, and with it the power to add packs and to publish.
 *   2. list what is stored; mark the chunks that the published manifests need, in a temporary table; plan.
 *   3. delete the manifests that can never be published.
 *   4. rewrite: copy what is live in packs that are mostly dead into new packs, and record these.
 *   5. condemn, in one transaction: what is not needed, what was rewritten, what has no row. Captures find these no more.
 *   6. choose, of all that is condemned, what no capture under way can have found before. The rest waits for the next run.
 *   7. mark what was published since step 2.
 *   8. settle, in one transaction: a chosen pack with a marked chunk that is in no live pack becomes live again. The others
 *      are now `deleting`, which is for ever.
 *   9. delete the objects of what is `deleting`, then the rows.
 *
 * Why no published snapshot loses a chunk. Take the transaction S of step 8 that gives a pack up, and a publication P that
 * names it. Both lock the pack's row, as does the condemnation C before S, so the three have an order.
 *   - P before C: the manifest's row is there when step 7 asks for manifests, so the chunks are marked, and S keeps every
 *     one of them in some live pack.
 *   - P between C and S: P makes the pack live again, and S leaves live packs alone.
 *   - P after S: P is refused. No capture should come to this, since step 6 waits for those that may have found the
 *     pack; but nothing depends on that, or on a clock.
 * A chunk that is in several packs counts in one, and only this collection takes the state `live` from a pack, so S
 * sees the last live copy of a chunk as such. Only one collection can be: its lock, its marks and its statements are
 * on one connection, which is gone for all of them or for none. Readers that were told of a pack which
 * goes meanwhile ask again and are told of the copy.
 *
 * Why nothing that is still being written is taken. A pack object without a row may belong to a capture that has just stored
 * it. It gets a row as a condemned pack; from then on it is a pack like others: `addPack()` makes it live, step 6
 * waits for that capture, and after step 8 `addPack()` is refused. A capture whose lease is gone is refused
 * before. A manifest object without a row belongs to a capture that holds a lease, or can never be published: its key
 * names the capture, and neither is used twice.
 *
 * Killed at any point. Before C nothing has changed but for orphaned manifests, which nobody can read, and new packs, which hold
 * copies: the next run finds the old packs spare, or the new ones unknown. After C: condemned packs are still read,
 * and settled by the next run, which marks anew. After S: the packs are not needed; the next run deletes the rest.
 * No count is kept from one run to the next.
 *
 * Rejects as the stores do, with `CatalogueError('collection-running' | 'rebuilding')`, and with `'catalogue-incomplete'`
 * (see `lostChunks`). Then what was done is done, and the next collection goes on.
 */
export async function collect(project: string, options: CollectOptions): Promise<CollectionReport> {
  const session = await options.catalogue.openCollection(project);
  try {
    return await sweep(session, project, options);
  } finally {
    await session.close();
  }
}

async function sweep(session: CollectionSession, project: string, options: CollectOptions): Promise<CollectionReport> {
  const { manifests, signal } = options;
  const facts = await gatherFacts(session, project, options);
  const plan = planCollection(facts);

  const orphans = plan.manifests.map(({ objectKey }) => objectKey);
  if (orphans.length > 0) await manifests.deleteManifests(project, orphans);

  const written = await rewrite(session, project, plan, options);
  signal.throwIfAborted();
  const unneeded = plan.packs.filter(({ action }) => action !== 'keep').map(({ id }) => id);
  await session.condemn(unneeded, facts.strangers);

  await session.expireCaptures();
  const { waiting } = await session.chooseSettled();
  if ((await markPublished(session, project, manifests, signal)) > 0) await refuseLost(session, options);
  const { revived } = await session.settle();

  const deleted = await deleteDoomed(session, project, options);
  return {
    plan,
    deletedPacks: deleted.packs,
    deletedBytes: deleted.bytes,
    writtenPacks: written.packs,
    writtenBytes: written.bytes,
    deletedManifests: orphans.length,
    revivedPacks: revived,
    waitingPacks: waiting,
  };
}

async function gatherFacts(
  session: CollectionSession,
  project: string,
  options: CollectOptions,
): Promise<CollectionFacts> {
  const { store, manifests, signal } = options;
  signal.throwIfAborted();
  await session.expireCaptures();
  const strangers: StoredPack[] = [];
  for await (const batch of store.listPacks(project, signal)) {
    signal.throwIfAborted();
    strangers.push(...(await session.strangersAmong(batch)));
  }
  const orphans = [];
  for await (const batch of manifests.listManifests(project, signal)) {
    signal.throwIfAborted();
    orphans.push(...(await session.orphansAmong(batch)));
  }
  const marked = await markPublished(session, project, manifests, signal);
  await refuseLost(session, options);
  return { manifests: marked, packs: await session.packFacts(), strangers, orphans };
}

async function refuseLost(session: CollectionSession, options: CollectOptions): Promise<void> {
  if (options.lostChunks === 'accept') return;
  const lost = await session.countLost();
  if (lost === 0) return;
  throw new CatalogueError(
    'catalogue-incomplete',
    `Published snapshots need ${lost} chunks that the catalogue does not have. Nothing was deleted: rebuild the catalogue first, then see which snapshots are damaged.`,
  );
}

async function rewrite(
  session: CollectionSession,
  project: string,
  plan: CollectionPlan,
  { store, signal }: CollectOptions,
): Promise<{ packs: number; bytes: number }> {
  const written = { packs: 0, bytes: 0 };
  const old = plan.packs.filter(({ action }) => action === 'rewrite').map(({ id }) => id);
  if (old.length === 0) return written;
  for await (const { pack, chunks } of store.rewrite(project, session.liveChunksOf(old), signal)) {
    await session.addPack(pack, chunks);
    written.packs += 1;
    written.bytes += pack.bytes;
  }
  return written;
}

async function deleteDoomed(
  session: CollectionSession,
  project: string,
  { store, signal }: CollectOptions,
): Promise<{ packs: number; bytes: number }> {
  const deleted = { packs: 0, bytes: 0 };
  for (;;) {
    signal.throwIfAborted();
    const doomed = await session.nextDoomed(DELETE_BATCH);
    if (doomed.length === 0) return deleted;
    const ids = doomed.map(({ id }) => id);
    await store.deletePacks(project, ids);
    await session.forget(ids);
    deleted.packs += doomed.length;
    deleted.bytes += doomed.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
