import type { Catalogue } from '../catalogue/catalogue.js';
import type { NewPack, PackedChunk } from '../catalogue/catalogue-records.js';
import type { CollectionSession } from '../catalogue/collection-session.js';
import type { ManifestObject, PackObject } from '../catalogue/catalogue-records.js';
import { chooseSparse, MOST_MANIFEST_BYTES, MOST_SPARSE_PACKS } from './choose-sparse.js';
import { planCollection, REWRITE_DEAD_PART, type CollectionPlan } from './plan-collection.js';
import { SparseReading } from './sparse-reading.js';
import type { ManifestStore, PackStore } from './stores.js';
import { summarisePublished } from './summarise-published.js';

/** Packs deleted between two statements. */
const DELETE_BATCH = 500;
/** Packs, unknown ones among them, and manifests that one sweep deals with: in memory, and locked together. Whatever is left is for the next sweep. */
const MOST_PACKS_A_SWEEP = 20_000;
/**
 * After how long the store is listed again by a collection that does so when it is due (milliseconds): less than the day after
 * which each project is collected at the latest.
 */
export const LIST_EVERY_MS = 23 * 60 * 60_000;
/** How often a publication by a program that does not say what it needs may come between; then the rest is left to the next one. */
const MOST_ATTEMPTS = 5;

export interface CollectOptions {
  catalogue: Pick<Catalogue, 'openCollection'>;
  store: PackStore;
  manifests: ManifestStore;
  signal: AbortSignal;
  /**
   * Whether the store is listed too, for objects without a row, and more manifests are read for the sake of what a copy gives
   * back: takes as long as the store is large. `when-due`: once in `LIST_EVERY_MS`. Default true.
   */
  thorough?: boolean | 'when-due';
  /**
   * Reads every manifest, as if it were not known what any of them needs: refuses when one cannot be read, and finds what usual
   * collections do not (see `collect()`). Takes as long as the project has a history. Default false.
   */
  exact?: boolean;
  /**
   * What to do when published snapshots need chunks that the catalogue does not have. `refuse` (default): delete nothing, for
   * they may lie in packs whose rows were lost. `accept`: after a rebuild has shown that they are gone for good.
   */
  lostChunks?: 'refuse' | 'accept';
}

export interface CollectionReport {
  plan: CollectionPlan;
  /** Published manifests. */
  manifests: number;
  /** Whether the store was listed. */
  thorough: boolean;
  /** Manifests that were read because it was not known what they need. */
  summarisedManifests: number;
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
  /** Packs that nobody needs, left to a collection after their lock has ended. */
  lockedPacks: number;
}

/**
 * What a collection would do now. Nothing is changed, except that captures whose lease has run out are ended, and that what
 * manifests need is written down where it was not.
 */
export async function previewCollection(project: string, options: CollectOptions): Promise<CollectionPlan> {
  const session = await options.catalogue.openCollection(project);
  try {
    if (options.exact === true) await session.doubtSummaries();
    return (await survey(session, project, options)).plan;
  } finally {
    await session.close();
  }
}

/**
 * Removes a project's garbage, beside captures, readers and publications in any process. Its work grows with what has changed,
 * not with what is stored: what each manifest needs was written down when it was published, as the packs it names.
 *
 *   1. expire: captures without a sign of life lose their lease, and with it the power to add packs and to publish.
 *   2. summarise: read the manifests, if any, of which it is not known what they need; make condemned packs live that one names.
 *   3. find the packs that no manifest names. If thorough, list what is stored, for packs and manifests without a row.
 *   4. examine: of live packs of which little can be needed, read all manifests that name them, as far as that is worth it; plan.
 *   5. delete the manifests that can never be published.
 *   6. rewrite: copy what is needed in packs that are mostly dead into new packs and record these; then, in one transaction, have
 *      the manifests name the copies, and condemn the old packs.
 *   7. condemn, in one transaction: packs that nobody names, and those that have no row. Captures find these no more.
 *   8. choose, of all that is condemned, what no capture under way can have found before. The rest waits for the next run.
 *   9. settle, in one transaction: a chosen pack that a manifest names is live again. The others are now `deleting`, for ever.
 *  10. delete the objects of what is `deleting`, then the rows.
 *
 * What the store has locked is passed over in steps 3 and 4: it stays live, is of use to captures, and comes up when its lock has
 * ended. Of a lock that the catalogue does not know the store tells in step 10; its pack stays `deleting` until then.
 *
 * Why no published snapshot loses a chunk. Two statements hold after every transaction:
 *
 *   (a) every chunk of a published manifest lies in a pack that the manifest names;
 *   (b) a pack that a published manifest names is not `deleting`.
 *
 * And only packs that are `deleting` lose their objects, their rows and those of their chunks.
 *   - (a) begins with the publication, which writes down the pack in which each chunk was found or stored; or with step 2, which
 *     looks each of them up. References go with their manifest's row (a foreign key), and otherwise change in step 6
 *     alone. That takes from a manifest only a pack of which each chunk that this very manifest names was copied, and gives it
 *     the copies; what is needed there is read from the manifests themselves. Were one published meanwhile that names the
 *     old pack, the transaction would see it and leave that pack as it is.
 *   - (b): who publishes and who gives up (steps 6, 7, 9) both lock the pack's row first. A publication that came before has
 *     its references there when the other looks, after locking: the pack is kept. One that comes after finds the pack condemned and
 *     makes it live, or `deleting` and is refused. No capture should come to that, since step 8 waits for those that may have
 *     found the pack; but nothing depends on that, or on a clock.
 * How much a manifest needs of a pack is written down too, and is only a hint where to look: nothing is given up on its word,
 * and no count is kept beside what it counts. Where it is not known what a manifest needs, since it was published by an older
 * program, or its references do not add up, nothing is given up before it was read: steps 6, 7 and 9 look, after locking. Only one
 * collection can be: its lock and its statements are on one connection, which is gone for all of them or for none.
 * Readers that were told of a pack which goes meanwhile ask again and are told of the copy.
 *
 * Why nothing that is still being written is taken. A pack object without a row may belong to a capture that has just stored
 * it. It gets a row as a condemned pack; from then on it is a pack like others: `addPack()` makes it live, step 8
 * waits for that capture, and after step 9 `addPack()` is refused. A capture whose lease is gone is refused
 * before. A manifest object without a row belongs to a capture that holds a lease, or can never be published: its key
 * names the capture, and neither is used twice.
 *
 * Killed at any point: what a transaction has done is whole. Condemned packs are still read, and settled by the next run. Copies
 * that no manifest names yet are packs that nobody names. After step 9 the packs are not needed; the next run deletes the rest.
 *
 * What is found by an `exact` collection only: a chunk that two captures stored at the same time stays in both packs as long as each
 * is named; and what a capture has stored and then not named keeps its pack as long as the snapshot is there.
 *
 * Rejects as the stores do, with `CatalogueError('collection-running' | 'rebuilding')`, and with `'catalogue-incomplete'`
 * (see `lostChunks`). Then what was done is done, and the next collection goes on.
 */
export async function collect(project: string, options: CollectOptions): Promise<CollectionReport> {
  const session = await options.catalogue.openCollection(project);
  try {
    if (options.exact === true) await session.doubtSummaries();
    let sum: CollectionReport | undefined;
    for (;;) {
      const { report, more } = await sweep(session, project, options);
      sum = sum === undefined ? report : added(sum, report);
      if (!more) return sum;
    }
  } finally {
    await session.close();
  }
}

interface Survey {
  plan: CollectionPlan;
  manifests: number;
  summarised: number;
  revived: number;
  thorough: boolean;
  unknownPacks: PackObject[];
  reading: SparseReading | undefined;
  /** Whether there is more than one sweep deals with. */
  more: boolean;
}

async function survey(session: CollectionSession, project: string, options: CollectOptions): Promise<Survey> {
  const { manifests: manifestStore, signal, lostChunks = 'refuse', thorough: asked = true } = options;
  signal.throwIfAborted();
  await session.expireCaptures();
  const summarised = await summarisePublished(session, project, { manifests: manifestStore, signal, lostChunks });
  const revived = await session.reviveNeeded();
  const thorough = asked === 'when-due' ? await session.isListingDue(LIST_EVERY_MS) : asked;
  const { unknownPacks, orphans } = thorough
    ? await listStored(session, project, options)
    : { unknownPacks: [], orphans: [] };
  const idle = await session.idlePacks(MOST_PACKS_A_SWEEP);
  const reading = await examine(session, project, options, thorough);
  const packs = [...idle, ...(reading?.facts() ?? [])];
  const manifests = await session.countManifests();
  const others = Math.max(0, (await session.countPacks()) - packs.length);
  const plan = planCollection({ manifests, packs, others, unknownPacks, orphans });
  // Those that wait do not count: they would be found again and again.
  const more = [unknownPacks, orphans, idle.filter(isNew)].some(({ length }) => length >= MOST_PACKS_A_SWEEP);
  return { plan, manifests, summarised, revived, thorough, unknownPacks, reading, more };
}

async function listStored(
  session: CollectionSession,
  project: string,
  { store, manifests, signal }: CollectOptions,
): Promise<{ unknownPacks: PackObject[]; orphans: ManifestObject[] }> {
  const unknownPacks: PackObject[] = [];
  for await (const batch of store.listPacks(project, signal)) {
    signal.throwIfAborted();
    unknownPacks.push(...(await session.unknownPacksAmong(batch)));
    if (unknownPacks.length >= MOST_PACKS_A_SWEEP) break;
  }
  const orphans: ManifestObject[] = [];
  for await (const batch of manifests.listManifests(project, signal)) {
    signal.throwIfAborted();
    for (const orphan of await session.orphansAmong(batch)) {
      if (await isReplaceable(session, project, manifests, orphan, signal)) orphans.push(orphan);
    }
    if (orphans.length >= MOST_PACKS_A_SWEEP) break;
  }
  return { unknownPacks, orphans };
}

/** Another attempt at a snapshot whose own manifest cannot be read may be all that is left of it: a repair looks for it. */
async function isReplaceable(
  session: CollectionSession,
  project: string,
  manifests: ManifestStore,
  { snapshotId }: ManifestObject,
  signal: AbortSignal,
): Promise<boolean> {
  const published = await session.findManifest(snapshotId);
  if (published === null) return true;
  try {
    for await (const _ of manifests.liveChunks(project, published.objectKey, signal)) signal.throwIfAborted();
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Undefined when no pack is worth being looked at. */
async function examine(
  session: CollectionSession,
  project: string,
  { manifests, signal }: CollectOptions,
  thorough: boolean,
): Promise<SparseReading | undefined> {
  const sparse = await session.sparsePacks(1 - REWRITE_DEAD_PART, MOST_SPARSE_PACKS);
  const naming = await session.manifestsNumbered([...new Set(sparse.flatMap((pack) => pack.manifests))]);
  const byNumber = new Map(naming.map((manifest) => [manifest.number, manifest]));
  const mostBytes = MOST_MANIFEST_BYTES[thorough ? 'thorough' : 'usual'];
  const chosen = chooseSparse(sparse, byNumber, mostBytes);
  if (chosen.length === 0) return undefined;
  const reading = await SparseReading.of(chosen, { session, project, manifests, signal });
  await session.noteExamined(reading.examined());
  return reading;
}

async function sweep(
  session: CollectionSession,
  project: string,
  options: CollectOptions,
): Promise<{ report: CollectionReport; more: boolean }> {
  const { manifests, signal } = options;
  const { plan, unknownPacks, reading, more, ...found } = await survey(session, project, options);

  const orphans = plan.manifests.map(({ objectKey }) => objectKey);
  const lockedManifests = orphans.length > 0 ? await manifests.deleteManifests(project, orphans) : [];

  const written = await rewrite(session, project, plan, reading, options);
  signal.throwIfAborted();
  const unneeded = plan.packs.filter(({ action }) => action === 'delete').map(({ id }) => id);
  await onceSummarised(session, project, options, async () => (await session.condemn(unneeded, unknownPacks)) || null);
  if (found.thorough && !more) await session.noteListed();

  await session.expireCaptures();
  const { waiting } = await session.chooseSettled();
  const settled = await onceSummarised(session, project, options, () => session.settle());

  const deleted = await deleteDoomed(session, project, options);
  const report = {
    plan,
    manifests: found.manifests,
    thorough: found.thorough,
    summarisedManifests: found.summarised,
    deletedPacks: deleted.packs,
    deletedBytes: deleted.bytes,
    writtenPacks: written.packs,
    writtenBytes: written.bytes,
    deletedManifests: orphans.length - lockedManifests.length,
    revivedPacks: found.revived + (settled?.revived ?? 0),
    waitingPacks: waiting,
    lockedPacks: await session.countLocked(),
  };
  return { report, more };
}

/** Does a step that says null when something was published of which it is not known what it needs; reads that, and tries again. */
async function onceSummarised<T>(
  session: CollectionSession,
  project: string,
  { manifests, signal, lostChunks = 'refuse' }: CollectOptions,
  step: () => Promise<T | null>,
): Promise<T | null> {
  for (let attempt = 1; ; attempt += 1) {
    const done = await step();
    if (done !== null || attempt === MOST_ATTEMPTS) return done;
    await summarisePublished(session, project, { manifests, signal, lostChunks });
  }
}

async function rewrite(
  session: CollectionSession,
  project: string,
  plan: CollectionPlan,
  reading: SparseReading | undefined,
  { store, signal }: CollectOptions,
): Promise<{ packs: number; bytes: number }> {
  const written = { packs: 0, bytes: 0 };
  const old = plan.packs.filter(({ action }) => action === 'rewrite').map(({ id }) => id);
  if (old.length === 0 || reading === undefined) return written;
  const copies: { pack: NewPack; chunks: readonly PackedChunk[] }[] = [];
  for await (const copy of store.rewrite(project, reading.liveChunksOf(old), signal)) {
    await session.addPack(copy.pack, copy.chunks);
    copies.push(copy);
    written.packs += 1;
    written.bytes += copy.pack.bytes;
  }
  await session.replacePacks(reading.replacementOf(old, copies));
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
    const locked = await store.deletePacks(project, ids);
    if (locked.length > 0) await session.noteLocked(locked);
    const stays = new Set(locked.map(({ id }) => id.toString('latin1')));
    const gone = doomed.filter(({ id }) => !stays.has(id.toString('latin1')));
    await session.forget(gone.map(({ id }) => id));
    deleted.packs += gone.length;
    deleted.bytes += gone.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

function isNew({ state, beingCaptured }: { state: string; beingCaptured: boolean }): boolean {
  return state === 'live' && !beingCaptured;
}

function added(sum: CollectionReport, { plan, ...more }: CollectionReport): CollectionReport {
  return {
    ...sum,
    plan: {
      packs: [...sum.plan.packs, ...plan.packs],
      manifests: [...sum.plan.manifests, ...plan.manifests],
      others: plan.others,
      reclaimableBytes: sum.plan.reclaimableBytes + plan.reclaimableBytes,
    },
    summarisedManifests: sum.summarisedManifests + more.summarisedManifests,
    deletedPacks: sum.deletedPacks + more.deletedPacks,
    deletedBytes: sum.deletedBytes + more.deletedBytes,
    writtenPacks: sum.writtenPacks + more.writtenPacks,
    writtenBytes: sum.writtenBytes + more.writtenBytes,
    deletedManifests: sum.deletedManifests + more.deletedManifests,
    revivedPacks: sum.revivedPacks + more.revivedPacks,
    waitingPacks: more.waitingPacks,
    lockedPacks: more.lockedPacks,
  };
}
